import { readConfiguration } from './configuration.ts';
import { createLogger } from './shared/presentation/logger.ts';
import { configuredOrExit } from './shared/presentation/process-lifecycle.ts';
import { work } from './shared/presentation/work.ts';

const configuration = configuredOrExit(() => readConfiguration(process.env));
const logger = createLogger(configuration.logLevel);

await work(configuration, logger, async () => {
  // Only now, since it takes a second to load: what is wrong with the configuration is told before.
  const { startWorker } = await import('./container.ts');
  return startWorker(configuration, { logger });
});
