import type { IncomingMessage } from 'node:http';
import type { UploadedFile, UploadLimits } from './route.ts';

/** The files of a multipart body as they arrive. */
export const filesOf = (_request: IncomingMessage, _limits: UploadLimits): AsyncIterable<UploadedFile> => {
  throw new Error('Uploads are not accepted yet.');
};
