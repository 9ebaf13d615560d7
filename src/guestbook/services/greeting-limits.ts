import type { RateLimits } from '../../shared/services/rate-limits.ts';

export type Limit = 'greeting-per-ip' | 'greeting-on-page-per-ip' | 'greeting-per-account';

export type GreetingLimits = RateLimits<Limit>;
