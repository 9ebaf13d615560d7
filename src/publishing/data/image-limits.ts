import type { Allowance } from '../../shared/services/rate-limits.ts';
import type { ImageLimit } from '../services/image-limits.ts';

const HOUR = 60 * 60;

export const imageLimits: Readonly<Record<ImageLimit, Allowance>> = {
  // An album, one picture at a time; decoding and storing cost more than anything else that somebody can ask for.
  'image-uploads-per-account': { attempts: 120, perSeconds: HOUR },
};
