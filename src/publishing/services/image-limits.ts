import type { RateLimits } from '../../shared/services/rate-limits.ts';

export type ImageLimit = 'image-uploads-per-account';

export type ImageLimits = RateLimits<ImageLimit>;
