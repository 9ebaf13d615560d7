import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';

/** A text that is served as it is. */
export interface Resource {
  readonly type: string;
  readonly text: string;
  readonly etag: string;
}

export const resource = (type: string, text: string): Resource => ({
  type,
  text,
  etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`,
});

/** Kept by caches but asked for every time, so that a new version is never mixed with an old one. */
export const sendResource = (request: Request, response: Response, { type, text, etag }: Resource): void => {
  response.setHeader('Content-Type', type);
  response.setHeader('Cache-Control', 'no-cache');
  response.setHeader('ETag', etag);
  if (request.fresh) response.status(304).end();
  else {
    response.setHeader('Content-Length', Buffer.byteLength(text));
    response.end(text);
  }
};
