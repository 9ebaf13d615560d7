import { randomUUIDv7 } from 'node:crypto';
import type { Branded } from '../domain/identity.ts';

/** A new UUIDv7 (RFC 9562): unique without a round trip, and sorted by time of creation. */
export const newId = <Name extends string>(): Branded<Name> => randomUUIDv7() as Branded<Name>;
