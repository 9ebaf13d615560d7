/** Ends a script with the message alone: what went wrong here is for the person at the terminal, not for a debugger. */
export const failWith = (error: unknown): void => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
};
