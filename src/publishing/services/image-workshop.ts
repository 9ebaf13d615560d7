import type { ImageFile, ImageFormat } from '../domain/image.ts';

export interface PreparedFile extends ImageFile {
  /** On this machine's disk, until the prepared image is disposed of. */
  readonly path: string;
}

/** An uploaded picture, decoded and written anew: upright, without metadata, with smaller versions in webp. */
export interface PreparedImage extends AsyncDisposable {
  readonly format: ImageFormat;
  readonly original: PreparedFile;
  /** Of the widths 320, 640 and 1280 those that are smaller than the original, in this order. */
  readonly variants: readonly PreparedFile[];
}

/** Takes in what somebody uploads, and finds out what it is by decoding it. */
export interface ImageWorkshop {
  /**
   * `name` is what the client calls the file, for messages. `bytes` is read to its end, also when the file is refused.
   * @throws {NotAnImage} @throws {ImageTooManyPixels} @throws {Unavailable} when there is no room on the disk, or too
   * much to do.
   */
  prepare(name: string, bytes: AsyncIterable<Uint8Array>): Promise<PreparedImage>;
}
