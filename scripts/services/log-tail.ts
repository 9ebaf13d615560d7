import { readFileSync } from 'node:fs';

/** The last lines of a log, for the message of a server that did not start. */
export const logTail = (path: string, lines = 8): string => {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
};
