import sharp, { type Sharp } from 'sharp';
import { jpegSegment } from './picture-bytes.ts';

// Pictures as people upload them, made by the library that reads them.

interface Size {
  readonly width?: number;
  readonly height?: number;
}

interface Pixels extends Size {
  readonly channels?: 3 | 4;
  /** How much the pixels differ from one another: what makes a file large. None gives one flat colour. */
  readonly noise?: number;
}

/** Pixels of no particular picture. */
export const pixels = ({ width = 64, height = 48, channels = 3, noise = 8 }: Pixels = {}): Sharp => {
  const background = { r: 70, g: 130, b: 180, alpha: 0.5 };
  const size = { width, height, channels, background };
  if (noise === 0 || channels === 4) return sharp({ create: size });
  return sharp({ create: { ...size, noise: { type: 'gaussian', mean: 128, sigma: noise } } });
};

export const aJpeg = ({ quality = 80, ...size }: Pixels & { quality?: number } = {}): Promise<Buffer> =>
  pixels(size).jpeg({ quality }).toBuffer();

/** Half transparent with `channels: 4`. */
export const aPng = (size: Pixels = {}): Promise<Buffer> => pixels(size).png().toBuffer();

export const aWebp = ({ lossless = false, ...size }: Pixels & { lossless?: boolean } = {}): Promise<Buffer> =>
  pixels(size).webp({ lossless }).toBuffer();

export const anAvif = (size: Pixels = {}): Promise<Buffer> => pixels(size).avif({ effort: 0 }).toBuffer();

export const aGif = (size: Pixels = {}): Promise<Buffer> => pixels(size).gif({ effort: 1 }).toBuffer();

export const aTiff = (size: Pixels = {}): Promise<Buffer> => pixels(size).tiff().toBuffer();

/** An animation whose frames are red, green, blue, red, ..., each shown for 100 ms, three times over. */
export const anAnimation = async (
  format: 'gif' | 'webp',
  { width = 64, height = 48, frames = 3 }: Size & { frames?: number } = {},
): Promise<Buffer> => {
  const images = await Promise.all(
    Array.from({ length: frames }, (_, index) =>
      sharp({ create: { width, height, channels: 3, background: FRAME_COLOURS[index % 3] ?? '' } })
        .png()
        .toBuffer(),
    ),
  );
  return sharp(images, { join: { animated: true } })
    .toFormat(format, { effort: 1, loop: 3, delay: Array<number>(frames).fill(100) })
    .toBuffer();
};

export const FRAME_COLOURS = ['#ff0000', '#00ff00', '#0000ff'] as const;

/**
 * Red on the left and blue on the right, above a green strip: no turn or reflection leaves it as it is. Its pixels are
 * stored as the EXIF orientation says, so that it stands upright only for those who heed it. The size is the upright one.
 */
export const aSignpost = ({
  width = 60,
  height = 40,
  orientation = 1,
}: Size & { orientation?: number } = {}): Sharp => {
  const isTurned = orientation > 4;
  const stored = {
    width: isTurned ? height : width,
    height: isTurned ? width : height,
    channels: 3 as const,
  };
  const raw = Buffer.alloc(width * height * 3);
  for (let row = 0; row < stored.height; row += 1)
    for (let column = 0; column < stored.width; column += 1) {
      // EXIF 2.3, tag 0x0112: which sides of the picture the first row and the first column are.
      const across = isTurned ? row : column;
      const down = isTurned ? column : row;
      const x = [2, 3, 6, 7].includes(orientation) ? width - 1 - across : across;
      const y = [3, 4, 7, 8].includes(orientation) ? height - 1 - down : down;
      const channel = y >= height * 0.75 ? 1 : x < width / 2 ? 0 : 2;
      raw[(row * stored.width + column) * 3 + channel] = 255;
    }
  return sharp(raw, { raw: stored }).withMetadata({ orientation });
};

/** Words that stand in the metadata of `aPhotoWithGps`, and nowhere else. */
export const PRIVATE_WORDS = ['Ada Lovelace', 'Kamera 9000', 'secret-xmp', 'secret-comment', 'secret-iptc'];

/** A photograph as a phone writes it: where it was taken, by whom, and everything a program may add. */
export const aPhotoWithGps = async (size: Pixels & { orientation?: number } = {}): Promise<Buffer> => {
  const { orientation = 1, ...rest } = size;
  const jpeg = await pixels({ width: 120, height: 80, ...rest })
    .withMetadata({ orientation })
    .withExifMerge({
      IFD0: { Artist: 'Ada Lovelace', Model: 'Kamera 9000' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 2640/100', GPSLongitudeRef: 'W' },
    })
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>secret-xmp</a></x:xmpmeta>')
    .jpeg({ quality: 80 })
    .toBuffer();
  const comment = jpegSegment(0xfe, Buffer.from('secret-comment'));
  const iptc = Buffer.from('secret-iptc');
  const record = Buffer.concat([Buffer.from([0x1c, 2, 120, 0, iptc.length]), iptc, Buffer.from([0])]);
  const resource = Buffer.concat([
    Buffer.from('Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0', 'latin1'),
    Buffer.from([record.length - 1]),
    record,
  ]);
  return Buffer.concat([jpeg.subarray(0, 2), comment, jpegSegment(0xed, resource), jpeg.subarray(2)]);
};

/** The bytes without the last ones: a number of them, or (below 1) a share. */
export const truncated = (bytes: Buffer, missing: number): Buffer =>
  bytes.subarray(0, bytes.length - (missing < 1 ? Math.ceil(bytes.length * missing) : missing));

/** As a request brings them. */
export const inChunks = async function* (bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
};
