const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 15 * 60_000;

/** With the delays below, the last of these attempts is about three days after the first. */
export const MAX_ATTEMPTS = 298;

/**
 * How long to wait after the given number of failed attempts (1 or more): doubling from one second to 15 minutes,
 * spread by up to a quarter either way, so that what failed together does not return together.
 * @param random uniform in [0, 1)
 */
export const retryDelayMs = (failedAttempts: number, random: number): number => {
  const delay = Math.min(FIRST_DELAY_MS * 2 ** Math.min(failedAttempts - 1, 30), LONGEST_DELAY_MS);
  return Math.round(delay * (0.75 + random / 2));
};
