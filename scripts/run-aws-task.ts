// Runs a task to its end, and ends as it did: a backup now, a restore. Its words are in the log /NAME, stream NAME/...
// Usage: node scripts/run-aws-task.ts backup | restore | restore-drill | migrate [--config FILE] [-- WORDS ...]
import { parseArgs } from 'node:util';
import { readAwsConfiguration } from './aws/configuration.ts';
import { runTask } from './aws/run-task.ts';
import { failWith } from './services/report.ts';

/** A large restore takes its time. */
const PATIENCE = { deadlineSeconds: 6 * 3_600, everySeconds: 5 };

const { values, positionals } = parseArgs({
  options: { config: { type: 'string' } },
  allowPositionals: true,
});
const [container, ...command] = positionals;

try {
  if (container === undefined || !['backup', 'restore', 'restore-drill', 'migrate'].includes(container))
    throw new Error(
      'Usage: node scripts/run-aws-task.ts backup | restore | restore-drill | migrate [-- WORDS ...]',
    );
  const { name: cluster } = readAwsConfiguration(values.config);
  await runTask(
    {
      ...{ cluster, taskDefinition: `${cluster}-${container}`, container },
      ...(command.length > 0 && { command }),
    },
    PATIENCE,
  );
  console.log(`${container} has worked.`);
} catch (error) {
  failWith(error);
}
