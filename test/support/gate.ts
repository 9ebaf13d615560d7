/** Something a test waits for, or makes others wait for, instead of waiting for time to pass. */
export interface Gate {
  readonly passed: Promise<undefined>;
  open(): void;
}

export const aGate = (): Gate => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { passed: promise, open: () => resolve(undefined) };
};
