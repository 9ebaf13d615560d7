import type { IncomingMessage } from 'node:http';
import { isUtf8 } from 'node:buffer';
import { DomainError } from '../domain/domain-error.ts';
import { ClientGone } from './problem.ts';
import { contextOf } from './request-context.ts';

export const hasBody = (request: IncomingMessage): boolean => {
  const length = request.headers['content-length'];
  return length === undefined ? request.headers['transfer-encoding'] !== undefined : length !== '0';
};

/**
 * The request's JSON value, or `undefined` when there is no body. body-parser is not used because it reads an
 * oversized body to its end before it refuses it, and replaces broken UTF-8 instead of refusing it.
 * @throws {DomainError} `unsupported_media_type`, `body_too_large`, `malformed_utf8` or `malformed_json`.
 */
export const readJson = async (request: IncomingMessage, limitBytes: number): Promise<unknown> => {
  if (!hasBody(request)) return undefined;
  refuseTooLong(request, limitBytes);
  const declared = request.headers['content-length'] !== undefined;
  if (declared) refuseUnsupported(request);
  const bytes = await readBytes(request, limitBytes);
  // A chunked body may turn out to be empty, and nothing needs no type.
  if (bytes.length === 0) return undefined;
  if (!declared) refuseUnsupported(request);
  if (!isUtf8(bytes)) throw new DomainError('malformed', 'malformed_utf8', 'The body is not valid UTF-8.');
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch {
    // The parser's own message quotes the body, which may hold a password.
    throw new DomainError('malformed', 'malformed_json', 'The body is not valid JSON.');
  }
};

const JSON_TYPE = /^application\/json *(?:; *charset *= *"?utf-?8"? *)?;?$/i;

const refuseUnsupported = (request: IncomingMessage): void => {
  const type = request.headers['content-type'];
  if (type !== 'application/json' && (type === undefined || !JSON_TYPE.test(type)))
    throw new DomainError(
      'unsupported',
      'unsupported_media_type',
      'The body must be application/json in UTF-8.',
    );
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new DomainError('unsupported', 'unsupported_media_type', 'The body must not be compressed.');
};

const refuseTooLong = (request: IncomingMessage, limitBytes: number): void => {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
};

const tooLarge = (limitBytes: number): DomainError =>
  new DomainError('too-large', 'body_too_large', `The body must not be larger than ${limitBytes} bytes.`);

const readBytes = (request: IncomingMessage, limitBytes: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limitBytes) {
        stopListening();
        reject(tooLarge(limitBytes));
      } else chunks.push(chunk);
    };
    const onEnd = (): void => {
      stopListening();
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size));
    };
    const onGone = (): void => {
      stopListening();
      reject(new ClientGone());
    };
    const stopListening = (): void => {
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
    };
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
    if (request.destroyed) onGone();
  });

const PATIENCE_BYTES = 4_000_000;
const PATIENCE_MS = 30_000;
/** How long a sender that is not listened to any more may read the answer before it is cut off. */
const LINGER_MS = 1_000;

/**
 * Called when a request is refused before its body has been read. Closing at once would reset the connection and take
 * the answer with it, so a modest rest is thrown away (the connection lives on); a sender of more is cut off.
 */
export const discardRest = (request: IncomingMessage): void => {
  let left = contextOf(request).patienceBytes ?? PATIENCE_BYTES;
  let timer: NodeJS.Timeout | undefined;
  const cutIn = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => request.destroy(), ms).unref();
  };
  const stopListening = (): void => {
    request.off('data', onData).pause();
    cutIn(LINGER_MS);
  };
  const onData = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) stopListening();
  };
  request.on('error', () => undefined);
  for (const event of ['end', 'close']) request.once(event, () => clearTimeout(timer));
  if (left === 0) stopListening();
  else {
    cutIn(PATIENCE_MS);
    request.on('data', onData).resume();
  }
};
