import { inMemoryAttemptLimits } from '../../../src/accounts/data/in-memory-attempt-limits.ts';
import { attemptLimitsContract } from '../../support/attempt-limits-contract.ts';

attemptLimitsContract('in memory', table => inMemoryAttemptLimits(['a secret'], table));
