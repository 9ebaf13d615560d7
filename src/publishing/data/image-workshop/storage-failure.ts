import { Unavailable } from '../../../shared/domain/domain-error.ts';

const CODES = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'EIO', 'EROFS']);
/** Libraries that write files themselves only pass on what the system says. */
const SENTENCES = /No space left on device|Disk quota exceeded|Too many open files|Input\/output error/i;

/** The disk is full or broken, or too many files are open: it is not the fault of what was to be written. */
export const isStorageFailure = (error: unknown): boolean => {
  const { code, message } = error as NodeJS.ErrnoException;
  return (typeof code === 'string' && CODES.has(code)) || SENTENCES.test(message);
};

/** @throws {Unavailable} for such a failure; any other error as it is. */
export const asStorageOutage = (error: unknown): never => {
  throw isStorageFailure(error) ? new Unavailable('The storage', { cause: error }) : error;
};
