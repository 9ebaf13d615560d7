type Work = (signal: AbortSignal) => Promise<unknown>;
type Results<Works extends readonly Work[]> = {
  -readonly [Index in keyof Works]: Awaited<ReturnType<Works[Index]>>;
};

/**
 * Does several things at once. The first that fails stops the others, and is what is thrown when all have ended, so
 * nothing goes on in the background.
 */
export const together = async <const Works extends readonly Work[]>(
  signal: AbortSignal,
  works: Works,
): Promise<Results<Works>> => {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const results = await Promise.allSettled(
    works.map(async work => {
      try {
        return await work(either);
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    }),
  );
  either.throwIfAborted();
  return results.map(result => (result.status === 'fulfilled' ? result.value : undefined)) as Results<Works>;
};
