// Measures the API against a bare server that does the same work (floor.ts), in turns, on private databases.
// Usage: node scripts/bench/run.ts [--quick] [--only NAME,NAME] [--json FILE] [--profile FOLDER]
// The names are login, token, me, page, list, article, articles, count and upload. --profile writes a CPU profile of
// both, and costs CPU.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { migrateUp } from '../migrations/migrator.ts';
import { withScratchDatabase } from '../migrations/scratch-database.ts';
import { failWith } from '../services/report.ts';
import { coldStartSeconds } from './cold-start.ts';
import { compare, type Plan } from './measurement.ts';
import { OPERATIONS } from './operations.ts';
import { logEverybodyIn, settlePeople } from './people.ts';
import { productionEnvironment, startOptions, startProgram } from './programs.ts';
import { jsonOf, tableOf, type Results } from './report.ts';
import { provideBenchServices } from './services.ts';
import { uploadMemory } from './upload-memory.ts';
import { askUsage } from './usage.ts';

const NAMES = OPERATIONS.map(({ name }) => name);

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: NAMES.join(',') },
    json: { type: 'string' },
    profile: { type: 'string' },
  },
});

const plan = (): Plan => {
  const operations = flags.only.split(',');
  const unknown = operations.filter(name => !NAMES.includes(name));
  if (unknown.length > 0) throw new Error(`--only knows ${NAMES.join(', ')}, not ${unknown.join(', ')}.`);
  const pace = flags.quick
    ? { rounds: 3, roundSeconds: 0.5, warmUpSeconds: 0.8 }
    : { rounds: 5, roundSeconds: 1.4, warmUpSeconds: 2 };
  return { operations, connections: [16, 64], ...pace };
};

const measure = async (wanted: Plan, signal: AbortSignal): Promise<Results> => {
  const folder = await mkdtemp(join(tmpdir(), 'daymark-bench-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const { serverUrl, productRedisUrl, floorRedisUrl } = await provideBenchServices(folder, stack);
  return await withScratchDatabase(serverUrl, async databaseUrl => {
    await migrateUp(databaseUrl);
    await settlePeople(databaseUrl, { articles: 2_000, greetings: 10_000 });
    const environment = productionEnvironment(databaseUrl, productRedisUrl, folder);
    const coldStart = await coldStartSeconds(environment, flags.quick ? 3 : 5);

    const profileOptions = (name: string) =>
      flags.profile === undefined
        ? []
        : ['--cpu-prof', `--cpu-prof-dir=${resolve(flags.profile)}`, `--cpu-prof-name=${name}.cpuprofile`];
    await using product = await startProgram('product', environment, {
      folder,
      options: [...startOptions(), ...profileOptions('product')],
    });
    await using floor = await startProgram(
      'floor',
      { ...environment, REDIS_URL: floorRedisUrl },
      { folder, options: [...startOptions(), ...profileOptions('floor')] },
    );
    await delay(1_000);
    const { residentBytes: idleBytes } = await askUsage(product.child);
    const report = (progress: string) => void process.stderr.write(`${progress}\n`);
    const compared = await compare({ product, floor }, wanted, { signal, report });
    const measured = { ...compared, idleBytes, coldStartSeconds: coldStart };
    if (!wanted.operations.includes('upload')) return measured;
    report('eight uploads of 10 MB at once');
    return { ...measured, uploadMemory: await uploadMemory(product, await logEverybodyIn(product.url)) };
  });
};

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => interruption.abort(new Error('Interrupted.')));

try {
  const results = await measure(plan(), interruption.signal);
  console.log(tableOf(results));
  if (flags.json !== undefined) await writeFile(flags.json, jsonOf(results));
  if (results.failures.length > 0) process.exitCode = 1;
} catch (error) {
  failWith(error);
}
