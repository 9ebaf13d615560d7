import { z } from 'zod';
import type { GreetingId } from '../domain/ids.ts';

// 16 bytes in base64url. A client is not to build one by itself.
const CURSOR = /^[\w-]{21}[AQgw]$/;

/** Where the next part of a list begins: behind this greeting, whether it is still there or not. */
export const cursorOf = (id: GreetingId): string =>
  Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');

const greetingAt = (cursor: string): GreetingId =>
  Buffer.from(cursor, 'base64url')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') as GreetingId;

export const cursorField = z
  .string()
  .transform((text, context): GreetingId => {
    if (CURSOR.test(text)) return greetingAt(text);
    const message = 'Must be the next_cursor of an earlier answer.';
    context.addIssue({ code: 'custom', message, params: { code: 'invalid_cursor' } });
    return z.NEVER;
  })
  .optional()
  .meta({
    description: 'The `next_cursor` of the part before.',
    override: { type: 'string', pattern: CURSOR.source },
  });
