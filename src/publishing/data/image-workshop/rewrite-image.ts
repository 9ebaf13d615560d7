import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutputInfo, Sharp } from 'sharp';
import { reading, readHeader, withStrictness } from './decoder.ts';
import { encodeVariant, encodingsOf, type Encode } from './encodings.ts';
import type { RewrittenImage, WrittenFile } from './image-job.ts';
import type { ImageStructure } from './structure/image-structure.ts';

const VARIANT_WIDTHS = [320, 640, 1280];
/** Beyond this a webp cannot be; a very tall picture has no smaller versions. */
const WEBP_MOST_HEIGHT = 16_383;
/** Of these the library would make three channels; they stay one. */
const GREY = new Set(['b-w', 'grey16']);
const TOLERATED_GROWTH = 1.1;

interface Encoded {
  readonly data: Buffer;
  readonly info: OutputInfo;
}

/**
 * Decodes a picture and writes it anew into `folder`: upright, in sRGB, without anything that is not a pixel, and with
 * smaller versions in webp.
 * @throws {Refused} @throws {TooManyPixels}
 */
export const rewriteImage = async (
  file: Buffer,
  structure: ImageStructure,
  folder: string,
): Promise<RewrittenImage> => {
  const { format } = structure;
  const { metadata, pixels } = await readHeader(file, format);
  const encodings = encodingsOf(structure, metadata, pixels);

  return withStrictness(async failOn => {
    const read = (): Sharp => reading(file, format, metadata, failOn);
    const readColours = (): Sharp => (GREY.has(metadata.space) ? read().toColourspace('b-w') : read());
    const original = await written(
      await smallest(readColours, encodings, file.length),
      join(folder, 'original'),
    );
    const variants: WrittenFile[] = [];
    for (const width of VARIANT_WIDTHS.filter(each => hasVariant(original, each))) {
      const encode = encodeVariant((pixels * width ** 2) / original.width ** 2);
      const image = encode(read().resize({ width }));
      variants.push(await written(await encoded(image), join(folder, `${width}.webp`)));
    }
    return { kind: 'rewritten', format, original, variants };
  });
};

const hasVariant = ({ width, height }: WrittenFile, variantWidth: number): boolean =>
  variantWidth < width && (height * variantWidth) / width <= WEBP_MOST_HEIGHT;

/** The first encoding that does not make much more of it than there was; if all do, the one that makes least. */
const smallest = async (
  read: () => Sharp,
  encodings: readonly Encode[],
  before: number,
): Promise<Encoded> => {
  let best: Encoded | null = null;
  for (const encode of encodings) {
    const next = await encoded(encode(read()));
    if (best === null || next.data.length < best.data.length) best = next;
    if (best.data.length <= before * TOLERATED_GROWTH) break;
  }
  if (best === null) throw new Error('There is no way to encode this.');
  return best;
};

const encoded = (image: Sharp): Promise<Encoded> => image.toBuffer({ resolveWithObject: true });

const written = async ({ data, info }: Encoded, path: string): Promise<WrittenFile> => {
  await writeFile(path, data, { mode: 0o600 });
  return { path, width: info.width, height: info.pageHeight ?? info.height, bytes: data.length };
};
