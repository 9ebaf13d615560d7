import sharp, { type Metadata, type Sharp } from 'sharp';
import type { ImageFormat } from '../../domain/image.ts';
import { MOST_MEGAPIXELS } from './image-job.ts';
import { DAMAGED, Refused, TooManyPixels, UNKNOWN_KIND } from './refused.ts';
import { isStorageFailure } from './storage-failure.ts';

sharp.concurrency(1);
sharp.cache(false);
// Everything that can be read, and then what we take. A jpeg with a gain map is read as a plain jpeg.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif'].map(loader => `VipsForeignLoad${loader}Buffer`),
});

const MOST_PIXELS = MOST_MEGAPIXELS * 1_000_000;
const ANIMATED: readonly ImageFormat[] = ['gif', 'webp'];
/** What libjpeg warns of in files that some cameras and programs write, and that are whole all the same. */
const HARMLESS =
  /extraneous bytes before marker|Invalid SOS parameters|Inconsistent progression|Unknown Adobe color|JFIF/;

/** `warning` refuses whatever a decoder finds odd, `error` what it cannot make good. */
export type Strictness = 'warning' | 'error';

export interface Header {
  readonly metadata: Metadata;
  /** Of all frames together. */
  readonly pixels: number;
}

/**
 * Reads no more than the header, so that what is too large costs nothing.
 * @throws {TooManyPixels} @throws {Refused}
 */
export const readHeader = async (file: Buffer, format: ImageFormat): Promise<Header> => {
  const options = { animated: ANIMATED.includes(format), limitInputPixels: false, failOn: 'error' } as const;
  const image = sharp(file, options);
  const metadata = await image.metadata().catch(asRefusal);
  const isAccepted = metadata.format === 'heif' ? metadata.compression === 'av1' : metadata.format === format;
  if (!isAccepted) throw new Refused(UNKNOWN_KIND);
  // The frames of an animation stand on top of each other.
  const pixels = metadata.width * metadata.height;
  if (pixels > MOST_PIXELS) throw new TooManyPixels();
  return { metadata, pixels };
};

/** Begins to read a picture: upright, with all its frames. */
export const reading = (
  file: Buffer,
  format: ImageFormat,
  { pages = 1 }: Metadata,
  failOn: Strictness,
): Sharp =>
  sharp(file, {
    animated: ANIMATED.includes(format),
    // The library cannot turn the frames of an animation; hardly any asks for it.
    autoOrient: pages === 1,
    limitInputPixels: MOST_PIXELS,
    failOn,
  });

/** Does `work` with as much strictness as the file stands. @throws {Refused} when it is damaged. */
export const withStrictness = async <T>(work: (failOn: Strictness) => Promise<T>): Promise<T> => {
  try {
    return await work('warning');
  } catch (error) {
    if (!HARMLESS.test((error as Error).message)) return asRefusal(error);
  }
  return work('error').catch(asRefusal);
};

/** The library throws plain errors, whose messages are about its insides. */
const asRefusal = (error: unknown): never => {
  if (isStorageFailure(error) || (error as NodeJS.ErrnoException).code !== undefined) throw error;
  throw new Refused(DAMAGED);
};
