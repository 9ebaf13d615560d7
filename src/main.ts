import { readConfiguration } from './configuration.ts';
import { startApplication } from './container.ts';
import { createLogger } from './shared/presentation/logger.ts';
import { configuredOrExit } from './shared/presentation/process-lifecycle.ts';
import { serve } from './shared/presentation/serve.ts';

const configuration = configuredOrExit(() => readConfiguration(process.env));
const logger = createLogger(configuration.logLevel);

await serve(configuration, logger, isDraining => startApplication(configuration, { logger, isDraining }));
