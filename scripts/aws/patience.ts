import { setTimeout as sleep } from 'node:timers/promises';

export class Impatience extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Impatience';
  }
}

/** How long to wait for something of AWS, and how often to look. */
export interface Patience {
  readonly deadlineSeconds: number;
  readonly everySeconds: number;
}

/**
 * Looks until there is something to see.
 * @throws {Impatience} with what `describe` says, at the deadline.
 */
export const lookUntil = async <Seen>(
  { deadlineSeconds, everySeconds }: Patience,
  describe: () => string,
  look: () => Promise<Seen | null>,
): Promise<Seen> => {
  const end = performance.now() + deadlineSeconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    if (performance.now() + everySeconds * 1000 > end)
      throw new Impatience(`${describe()} after ${deadlineSeconds} s. Giving up.`);
    await sleep(everySeconds * 1000);
  }
};
