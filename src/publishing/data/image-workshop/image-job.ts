import type { ImageFile, ImageFormat } from '../../domain/image.ts';

/** A picture as it was uploaded, and the folder that what is made of it belongs into. */
export interface ImageJob {
  readonly upload: string;
  readonly folder: string;
}

/** `path` is where the file was written. */
export type WrittenFile = ImageFile & { readonly path: string };

export interface RewrittenImage {
  readonly kind: 'rewritten';
  readonly format: ImageFormat;
  readonly original: WrittenFile;
  readonly variants: readonly WrittenFile[];
}

/** What the program says of a job. The reason is the end of a sentence that begins with the file's name. */
export type ImageAnswer =
  | RewrittenImage
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'too-many-pixels' }
  | { readonly kind: 'no-room' };

export const MOST_MEGAPIXELS = 50;
