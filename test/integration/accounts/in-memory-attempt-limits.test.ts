import { CountedAttemptLimits } from '../../../src/accounts/data/counted-attempt-limits.ts';
import { inMemoryLimiters } from '../../../src/shared/data/limiters.ts';
import { attemptLimitsContract } from '../../support/attempt-limits-contract.ts';

attemptLimitsContract('in memory', table => new CountedAttemptLimits(inMemoryLimiters, ['a secret'], table));
