import { setTimeout as pause } from 'node:timers/promises';

const DEADLINE_MS = 30_000;
const PAUSE_MS = 20;

/**
 * Asks again and again until the answer is neither false, null nor undefined, and returns it.
 * @throws when the deadline passes, with `what` was waited for.
 */
export const until = async <Value>(
  what: string,
  ask: () => Promise<Value> | Value,
  deadlineMs = DEADLINE_MS,
): Promise<NonNullable<Exclude<Value, false>>> => {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await ask();
    if (value !== false && value !== null && value !== undefined)
      return value as NonNullable<Exclude<Value, false>>;
    if (performance.now() > end) throw new Error(`Waited in vain: ${what}.`);
    await pause(PAUSE_MS);
  }
};
