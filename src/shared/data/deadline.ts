export class DeadlinePassed extends Error {
  constructor(milliseconds: number) {
    super(`No result within ${milliseconds} ms.`);
    this.name = 'DeadlinePassed';
  }
}

/**
 * The result of `work`, or a failure when it takes longer. The signal then tells it to stop; whether it listens or not,
 * the caller goes on.
 * @throws {DeadlinePassed}
 */
export const withinDeadline = async <Result>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const passed = new DeadlinePassed(milliseconds);
      reject(passed);
      abort.abort(passed);
    }, milliseconds);
  });
  try {
    return await Promise.race([work(abort.signal), deadline]);
  } finally {
    clearTimeout(timer);
  }
};
