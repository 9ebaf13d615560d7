import type { Redis } from './redis.ts';

/** So many keys are asked for at once: enough to be quick, few enough that nobody else waits for the answer. */
const BATCH = 500;

/**
 * The keys of a pattern, in batches. A key that is there from beginning to end comes at least once. Redis answers other
 * commands between the batches.
 * @throws {Unavailable} when Redis is down or too slow.
 */
export async function* keysLike(redis: Pick<Redis, 'run'>, pattern: string): AsyncGenerator<string[]> {
  let cursor = '0';
  do {
    const from = cursor;
    const found = await redis.run(client => client.scan(from, { MATCH: pattern, COUNT: BATCH }));
    cursor = found.cursor;
    if (found.keys.length > 0) yield found.keys;
  } while (cursor !== '0');
}

/** Removes every key of a pattern, and answers how many. Keys that appear meanwhile may stay. */
export const removeKeysLike = async (redis: Pick<Redis, 'run'>, pattern: string): Promise<number> => {
  let removed = 0;
  for await (const keys of keysLike(redis, pattern))
    removed += await redis.run(client => client.unlink(keys));
  return removed;
};
