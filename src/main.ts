import { readConfiguration } from './configuration.ts';
import { createLogger } from './shared/presentation/logger.ts';
import { configuredOrExit } from './shared/presentation/process-lifecycle.ts';
import { serve } from './shared/presentation/serve.ts';

const configuration = configuredOrExit(() => readConfiguration(process.env));
const logger = createLogger(configuration.logLevel);

await serve(configuration, logger, async isDraining => {
  // Only now, since it takes a second to load: what is wrong with the configuration is told before.
  const { startApplication } = await import('./container.ts');
  return startApplication(configuration, { logger, isDraining });
});
