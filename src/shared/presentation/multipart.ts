import type { IncomingMessage } from 'node:http';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { DomainError } from '../domain/domain-error.ts';
import { ArrivingFiles, malformed, tooLarge } from './arriving-files.ts';
import { hasBody } from './read-body.ts';
import { contextOf } from './request-context.ts';
import type { UploadedFile, UploadLimits } from './route.ts';

/** Boundaries and headers of the parts, and what little some clients write around them. */
const AROUND_A_FILE_BYTES = 16_000;
const MOST_HEADER_BYTES = 8_000;
const MOST_HEADERS = 20;

/**
 * The files of a multipart body as they arrive: a file flows only as fast as it is read, and none is ever whole in
 * memory. One that is left before its end is thrown away up to the next. Everything but the files' own bytes is refused
 * at once; the files' iteration and their streams fail with what is found later.
 * @throws {DomainError} `unsupported_media_type`, `malformed_multipart` or `body_too_large`; while iterating also
 * `file_too_large`, `too_many_files` and `unknown_field`; `ProtocolError` 408 and `ClientGone`.
 */
export const filesOf = (request: IncomingMessage, limits: UploadLimits): AsyncIterable<UploadedFile> => {
  refuseUnsupported(request);
  const parser = parserFor(request, limits);
  const mostBytes = limits.mostFiles * (limits.mostBytesPerFile + AROUND_A_FILE_BYTES);
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) throw tooLarge(mostBytes);
  // Whoever is refused half way was allowed to send all this, and many clients read no answer before they have.
  contextOf(request).patienceBytes = mostBytes;
  return new ArrivingFiles(request, parser, { ...limits, mostBytes }).all();
};

const MULTIPART = /^multipart\/form-data *(;|$)/i;

const refuseUnsupported = (request: IncomingMessage): void => {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  if (!hasBody(request) || !MULTIPART.test(type))
    throw new DomainError('unsupported', 'unsupported_media_type', 'The body must be multipart/form-data.');
  if (encoding.toLowerCase() !== 'identity')
    throw new DomainError('unsupported', 'unsupported_media_type', 'The body must not be compressed.');
};

const parserFor = (request: IncomingMessage, limits: UploadLimits): BusboyInstance => {
  try {
    return new Busboy({
      headers: { ...request.headers, 'content-type': request.headers['content-type'] ?? '' },
      // A picture may come without a name, for example a blob of a script.
      isPartAFile: (_field, type, fileName) => fileName !== undefined || type !== 'text/plain',
      limits: {
        fields: 0,
        files: limits.mostFiles,
        fileSize: limits.mostBytesPerFile,
        headerPairs: MOST_HEADERS,
        headerSize: MOST_HEADER_BYTES,
      },
    });
  } catch {
    throw malformed();
  }
};
