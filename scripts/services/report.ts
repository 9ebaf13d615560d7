/** The exit code for a configuration that is wrong, as the server itself uses it (EX_CONFIG of sysexits.h). */
const EX_CONFIG = 78;

/** Ends a script with the message alone: what went wrong here is for the person at the terminal, not for a debugger. */
export const failWith = (error: unknown): void => {
  console.error(error instanceof Error ? error.message : error);
  // By name, so that a script that reads no configuration need not load what checks it.
  process.exitCode = error instanceof Error && error.name === 'InvalidConfiguration' ? EX_CONFIG : 1;
};
