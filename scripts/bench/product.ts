// The product as `src/main.ts` starts it, except that passwords are not hashed and attempts are not limited: both are
// there to be slow. Started by run.ts.
import { imageLimits } from '../../src/publishing/data/image-limits.ts';
import { IMAGE_LIMITS } from '../../src/publishing/tokens.ts';
import { rateLimits } from '../../src/shared/data/rate-limits.ts';
import { UnlimitedAttempts } from '../../src/accounts/data/unlimited-attempts.ts';
import type { PasswordHasher } from '../../src/accounts/services/password-hasher.ts';
import { HASHER, LIMITS } from '../../src/accounts/tokens.ts';
import { readConfiguration } from '../../src/configuration.ts';
import { startApplication } from '../../src/container.ts';
import { createLogger } from '../../src/shared/presentation/logger.ts';
import { configuredOrExit } from '../../src/shared/presentation/process-lifecycle.ts';
import { serve } from '../../src/shared/presentation/serve.ts';
import { answerUsage } from './usage.ts';

const instantHasher: PasswordHasher = {
  hash: password => Promise.resolve(password),
  verify: (password, stored) => Promise.resolve({ matches: password === stored, stale: false }),
  verifyNothing: () => Promise.resolve(),
};

const configuration = configuredOrExit(() => readConfiguration(process.env));
const logger = createLogger(configuration.logLevel);

answerUsage();
await serve(configuration, logger, isDraining =>
  startApplication(configuration, {
    logger,
    isDraining,
    replaceParts: container => {
      container.rebind(HASHER).toConstantValue(instantHasher);
      container.rebind(LIMITS).toConstantValue(new UnlimitedAttempts());
      container.rebind(IMAGE_LIMITS).toConstantValue(rateLimits(null, imageLimits, []));
    },
  }),
);
