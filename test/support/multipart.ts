import { randomBytes } from 'node:crypto';

export interface Part {
  readonly name?: string;
  readonly fileName?: string;
  readonly type?: string;
  readonly bytes: Buffer | string;
}

/** A multipart/form-data body and its type. */
export const multipart = (
  parts: readonly Part[],
  boundary = `----${randomBytes(12).toString('hex')}`,
): { readonly type: string; readonly body: Buffer } => {
  const pieces = parts.flatMap(({ name = 'file', fileName, type, bytes }) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`,
    fileName === undefined ? '' : `; filename="${fileName}"`,
    type === undefined ? '' : `\r\nContent-Type: ${type}`,
    '\r\n\r\n',
    bytes,
    '\r\n',
  ]);
  const body = Buffer.concat([...pieces, `--${boundary}--\r\n`].map(piece => Buffer.from(piece as string)));
  return { type: `multipart/form-data; boundary=${boundary}`, body };
};

/** Files as a browser sends them. */
export const filesIn = (...files: readonly (Buffer | string)[]) =>
  multipart(files.map((bytes, index) => ({ fileName: `${index + 1}.jpg`, type: 'image/jpeg', bytes })));
