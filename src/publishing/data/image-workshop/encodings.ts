import type { Metadata, Sharp } from 'sharp';
import type { ImageFormat } from '../../domain/image.ts';
import type { ImageStructure } from './structure/image-structure.ts';

export type Encode = (image: Sharp) => Sharp;

const MEGAPIXEL = 1_000_000;

/**
 * How a picture is compressed anew in its own format. More than one way means: if the first makes a larger file than
 * there was, the others are worth a try.
 * @param pixels of all frames together.
 */
export const encodingsOf = (
  structure: ImageStructure,
  metadata: Metadata,
  pixels: number,
): readonly Encode[] => ENCODINGS[structure.format](structure, metadata, pixels);

const ENCODINGS: Readonly<
  Record<ImageFormat, (structure: ImageStructure, metadata: Metadata, pixels: number) => readonly Encode[]>
> = {
  // Better than it came in it cannot become, only larger.
  jpeg: ({ quality = 80 }, { chromaSubsampling }, pixels) => [
    image =>
      image.jpeg({
        quality: Math.min(85, Math.max(30, quality)),
        chromaSubsampling: chromaSubsampling === '4:4:4' ? '4:4:4' : '4:2:0',
        // Takes a tenth off the file, and keeps the whole picture in memory twice.
        optimizeCoding: pixels <= 16 * MEGAPIXEL,
      }),
  ],
  png: (_structure, { isPalette, bitsPerSample = 8 }) =>
    isPalette
      ? [image => image.png({ palette: true, colours: 2 ** bitsPerSample, dither: 0, effort: 4 })]
      : // Photographs need the filters, drawings are larger with them.
        [image => image.png({ adaptiveFiltering: true }), image => image.png({ adaptiveFiltering: false })],
  gif: () => [image => image.gif({ effort: 3 })],
  webp: ({ isLossless }, _metadata, pixels) => {
    const effort = webpEffort(pixels);
    return isLossless
      ? [image => image.webp({ lossless: true, effort })]
      : [image => image.webp({ quality: 80, effort }), image => image.webp({ quality: 65, effort })];
  },
  avif: (_structure, _metadata, pixels) => {
    const effort = pixels <= MEGAPIXEL ? 3 : pixels <= 4 * MEGAPIXEL ? 2 : 0;
    const avif =
      (quality: number): Encode =>
      image =>
        image.avif({ quality, effort, chromaSubsampling: '4:2:0', bitdepth: 8 });
    // The slowest format there is: a large picture gets one try, at once with a quality that keeps it small.
    return pixels <= 4 * MEGAPIXEL ? [avif(55), avif(40)] : [avif(45)];
  },
};

export const encodeVariant =
  (pixels: number): Encode =>
  image =>
    image.webp({ quality: 78, effort: webpEffort(pixels) });

const webpEffort = (pixels: number): number => (pixels <= 8 * MEGAPIXEL ? 4 : 2);
