export class DeadlinePassed extends Error {
  constructor(milliseconds: number) {
    super(`No result within ${milliseconds} ms.`);
    this.name = 'DeadlinePassed';
  }
}

/**
 * Calls `giveUp` after so many milliseconds, unless it is called off by what this returns. What has arrived by then is
 * read first: a process that stood still, in a long collection or for want of a processor, finds the answer in its
 * socket, and timers come before sockets.
 */
export const whenOverdue = (milliseconds: number, giveUp: () => void): (() => void) => {
  let lastLook: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => (lastLook = setImmediate(giveUp)), milliseconds);
  return () => {
    clearTimeout(timer);
    clearImmediate(lastLook);
  };
};

/**
 * The result of `work`, or a failure when it takes longer; the work itself goes on.
 * @throws {DeadlinePassed}
 */
export const beforeDeadline = async <Result>(
  milliseconds: number,
  work: Promise<Result>,
): Promise<Result> => {
  let callOff: (() => void) | undefined;
  const overdue = new Promise<never>((_resolve, reject) => {
    callOff = whenOverdue(milliseconds, () => reject(new DeadlinePassed(milliseconds)));
  });
  try {
    return await Promise.race([work, overdue]);
  } finally {
    callOff?.();
  }
};

/**
 * As `beforeDeadline`, for work that can be told to stop by the signal.
 * @throws {DeadlinePassed}
 */
export const withinDeadline = async <Result>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const abort = new AbortController();
  try {
    return await beforeDeadline(milliseconds, work(abort.signal));
  } catch (error) {
    if (error instanceof DeadlinePassed) abort.abort(error);
    throw error;
  }
};
