import { token } from '../tokens.ts';
import type { GreetingCounts } from './services/greeting-counts.ts';
import type { GreetingLimits } from './services/greeting-limits.ts';
import type { GuestbookQueries } from './services/guestbook-queries.ts';
import type { GuestbookWorkFactory } from './services/guestbook-work.ts';

// What the parts of guestbook are found under in the container.
export const WORK = token<GuestbookWorkFactory>('GuestbookWorkFactory');
export const QUERIES = token<GuestbookQueries>('GuestbookQueries');
export const COUNTS = token<GreetingCounts>('GreetingCounts');
export const LIMITS = token<GreetingLimits>('GreetingLimits');
