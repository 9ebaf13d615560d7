const NAME = /^[A-Za-z]\w{0,63}$/;
const CODE = /^[\w. -]{1,40}$/;

/**
 * An error's class and code, for logs and tables that must not hold personal or secret text: messages quote addresses,
 * values and links, so a message is never used.
 */
export const labelOf = (error: unknown): string => {
  if (!Error.isError(error)) return 'NotAnError';
  const name = NAME.test(error.name) ? error.name : 'Error';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && CODE.test(code) ? `${name} ${code}` : name;
};
