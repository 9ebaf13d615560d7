// Holds the stored images against the database. `node scripts/reconcile-assets.ts --help` says how.
import { readConfiguration } from '../src/configuration.ts';
import { InvalidConfiguration } from '../src/environment.ts';
import { AssetReconciliation, type Finding } from '../src/publishing/services/asset-reconciliation.ts';
import { createLogger } from '../src/shared/presentation/logger.ts';

const HELP = `Usage: make reconcile-assets [ARGS='--remove-orphans --json']

Lists objects in the store that no image has a row for, unless they are younger than an hour (an upload may be under
way), and rows of images whose objects are not in the store.

  --remove-orphans   remove the objects without a row
  --json             one JSON object for each finding, a line each
  --help             this text

Ends with 0 when nothing is wrong (any more), 1 when something is, 2 when it could not be found out.`;

const EXIT = { clean: 0, found: 1, failed: 2, usage: 64, configuration: 78 } as const;
const OPTIONS = ['--remove-orphans', '--json', '--help'];

const lineOf = (finding: Finding): string => {
  if (finding.kind === 'row-without-object') return `row without object   ${finding.key}`;
  const { key, bytes, storedAt, removed } = finding;
  return `object without row   ${key}   ${bytes} bytes of ${storedAt.toISOString()}${removed ? ', removed' : ''}`;
};

const jsonOf = (finding: Finding): string => {
  const kind = finding.kind.replaceAll('-', '_');
  if (finding.kind === 'row-without-object') return JSON.stringify({ kind, key: finding.key });
  const { key, bytes, storedAt, removed } = finding;
  return JSON.stringify({ kind, key, bytes, stored_at: storedAt.toISOString(), removed });
};

const reconcile = async (removeOrphans: boolean, asJson: boolean): Promise<number> => {
  const configuration = readConfiguration(process.env);
  // Only now, since it takes a second to load: what is wrong with the configuration is told before.
  const { build } = await import('../src/container.ts');
  const built = await build(configuration, { logger: createLogger('silent') });
  let orphans = 0;
  let missing = 0;
  try {
    for await (const finding of built.container.get(AssetReconciliation).findings({ removeOrphans })) {
      console.log(asJson ? jsonOf(finding) : lineOf(finding));
      if (finding.kind === 'row-without-object') missing++;
      else orphans++;
    }
  } finally {
    await built.close();
  }
  if (!asJson)
    console.log(
      `${orphans} objects without a row${removeOrphans ? ' (removed)' : ''}, ${missing} rows without an object`,
    );
  return missing > 0 || (orphans > 0 && !removeOrphans) ? EXIT.found : EXIT.clean;
};

const main = async (): Promise<number> => {
  const options = process.argv.slice(2);
  if (options.includes('--help')) console.log(HELP);
  else if (options.some(option => !OPTIONS.includes(option))) console.error(HELP);
  else return reconcile(options.includes('--remove-orphans'), options.includes('--json'));
  return options.includes('--help') ? EXIT.clean : EXIT.usage;
};

const explain = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} ${explain(error.cause)}` : error.message;
};

try {
  process.exitCode = await main();
} catch (error) {
  console.error(explain(error));
  process.exitCode = error instanceof InvalidConfiguration ? EXIT.configuration : EXIT.failed;
}
