const TICK_MS = 10;

/**
 * How long an action took, in milliseconds, without the time in which this process was not given a processor: what is
 * measured is the product's deadlines, and not what else the machine is doing.
 */
export const ownTime = async (action: () => PromiseLike<unknown>): Promise<number> => {
  const began = performance.now();
  let late = 0;
  let last = began;
  const look = (): void => {
    const now = performance.now();
    late += Math.max(0, now - last - TICK_MS);
    last = now;
  };
  const ticks = setInterval(look, TICK_MS);
  try {
    await action();
    look();
    return performance.now() - began - late;
  } finally {
    clearInterval(ticks);
  }
};

/** What the action answers, which it must do in less than so many milliseconds of its own. */
export const within = async <Result>(mostMs: number, action: () => PromiseLike<Result>): Promise<Result> => {
  const answers: Result[] = [];
  const took = await ownTime(async () => answers.push(await action()));
  expect(took).toBeLessThan(mostMs);
  return answers[0] as Result;
};
