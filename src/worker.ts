import { readConfiguration } from './configuration.ts';
import { startWorker } from './container.ts';
import { createLogger } from './shared/presentation/logger.ts';
import { configuredOrExit } from './shared/presentation/process-lifecycle.ts';
import { work } from './shared/presentation/work.ts';

const configuration = configuredOrExit(() => readConfiguration(process.env));
const logger = createLogger(configuration.logLevel);

await work(configuration, logger, () => startWorker(configuration, { logger }));
