import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { BackupFailure } from '../failure.ts';
import type { FilePart } from './file-parts.ts';

/** Of a command of the SDK, what is used here. */
interface Signable {
  readonly middlewareStack: {
    add(
      middleware: <Result>(
        next: (args: { request: unknown }) => Result,
      ) => (args: { request: unknown }) => Result,
      options: { readonly step: 'build'; readonly name: string },
    ): void;
  };
}

/** The signature then covers the body too, also where a store does not know the checksum. */
export const signBody = <Command extends object>(command: Command, sha256: Buffer): Command => {
  (command as unknown as Signable).middlewareStack.add(
    next => args => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers['x-amz-content-sha256'] = sha256.toString('hex');
      return next(args);
    },
    { step: 'build', name: 'signBody' },
  );
  return command;
};

/** Reads the part from the file while it is sent. A disk that fails in the middle breaks the request off. */
export const withBody = async <Result>(
  { path, first, bytes }: FilePart,
  signal: AbortSignal,
  send: (body: Readable, signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const abort = new AbortController();
  // No stream reads to a byte before the first; of an empty file nothing comes in any case.
  const body = createReadStream(path, { start: first, end: first + Math.max(bytes, 1) - 1 });
  body.once('error', error => abort.abort(error));
  try {
    return await send(body, AbortSignal.any([signal, abort.signal]));
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    const { message } = abort.signal.reason as Error;
    throw new BackupFailure('unavailable', 'file_unreadable', `${path} cannot be read: ${message}`);
  } finally {
    body.destroy();
  }
};
