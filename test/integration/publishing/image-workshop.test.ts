import sharp from 'sharp';
import {
  aGif,
  aJpeg,
  anAnimation,
  anAvif,
  aPhotoWithGps,
  aPng,
  aSignpost,
  aWebp,
  FRAME_COLOURS,
  pixels,
  PRIVATE_WORDS,
} from '../../support/pictures.ts';
import { gifBytes, gifFrame } from '../../support/picture-bytes.ts';
import { WorkshopUnderTest } from '../../support/workshop.ts';

let bench: WorkshopUnderTest;

beforeAll(async () => {
  bench = await WorkshopUnderTest.open();
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

const pixelOf = async (file: Buffer, x: number, y: number): Promise<string> => {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (y * info.width + x) * info.channels;
  const colours = [...data.subarray(at, at + 3)].map(value => (value > 127 ? 1 : 0));
  return colours.join('');
};

const RED = '100';
const GREEN = '010';
const BLUE = '001';

describe('a picture', () => {
  test.each([
    ['jpeg', aJpeg],
    ['png', aPng],
    ['webp', aWebp],
    ['gif', aGif],
    ['avif', anAvif],
  ] as const)('in %s comes out in the same format, with its size', async (format, make) => {
    const { prepared, original, variants } = await bench.process(await make({ width: 700, height: 500 }));
    const metadata = await sharp(original).metadata();

    expect(prepared.format).toBe(format);
    expect(prepared.original).toMatchObject({ width: 700, height: 500, bytes: original.length });
    expect(metadata).toMatchObject({ width: 700, height: 500, mediaType: `image/${format}` });
    expect(prepared.variants.map(({ width, height }) => [width, height])).toEqual([
      [320, 229],
      [640, 457],
    ]);
    for (const [index, variant] of variants.entries()) {
      const { width, height } = prepared.variants[index]!;
      expect(await sharp(variant).metadata()).toMatchObject({ format: 'webp', width, height });
      expect(prepared.variants[index]!.bytes).toBe(variant.length);
    }
  });

  test.each([
    [320, []],
    [321, [320]],
    [640, [320]],
    [1280, [320, 640]],
    [1281, [320, 640, 1280]],
  ])('%i wide has the smaller versions %j', async (width, widths) => {
    const { prepared } = await bench.process(await aJpeg({ width, height: 20 }));

    expect(prepared.variants.map(variant => variant.width)).toEqual(widths);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('whose EXIF orientation is %i stands upright', async orientation => {
    const image = aSignpost({ width: 420, height: 280, orientation });
    for (const file of [
      await image.clone().jpeg().toBuffer(),
      await image.webp({ lossless: true }).toBuffer(),
    ]) {
      const { prepared, original, variants } = await bench.process(file);

      expect(prepared.original).toMatchObject({ width: 420, height: 280 });
      expect((await sharp(original).metadata()).orientation).toBeUndefined();
      expect(variants).toHaveLength(1);
      for (const each of [original, ...variants])
        expect([
          await pixelOf(each, 40, 40),
          await pixelOf(each, 300, 40),
          await pixelOf(each, 40, 211),
        ]).toEqual([RED, BLUE, GREEN]);
    }
  });

  test('says no more of where, when and by whom it was taken', async () => {
    const photo = await aPhotoWithGps({ width: 700, height: 400, orientation: 6 });
    const { original, variants } = await bench.process(photo);

    expect(PRIVATE_WORDS.filter(word => photo.includes(word))).toEqual(PRIVATE_WORDS);
    expect((await sharp(photo).metadata()).exif).toBeDefined();
    for (const file of [original, ...variants]) {
      expect(PRIVATE_WORDS.filter(word => file.includes(word))).toEqual([]);
      const { exif, xmp, iptc, icc, comments } = await sharp(file).metadata();
      expect({ exif, xmp, iptc, icc, comments }).toEqual({});
    }
  });

  test.each(['png', 'webp', 'avif'] as const)('in %s loses what it says too', async format => {
    const file = await sharp(await aPhotoWithGps())
      .keepMetadata()
      .toFormat(format)
      .toBuffer();
    const { original } = await bench.process(file);

    expect((await sharp(file).metadata()).exif).toBeDefined();
    expect(PRIVATE_WORDS.filter(word => original.includes(word))).toEqual([]);
    expect((await sharp(original).metadata()).exif).toBeUndefined();
  });

  test('in another colour space comes out in sRGB with the same colours', async () => {
    const wide = await aSignpost().withIccProfile('p3').png().toBuffer();
    const print = await aSignpost({ width: 400, height: 300 }).toColourspace('cmyk').jpeg().toBuffer();

    for (const file of [wide, print]) {
      const { original } = await bench.process(file);
      expect(await sharp(original).metadata()).toMatchObject({ space: 'srgb', hasProfile: false });
      expect([await pixelOf(original, 5, 5), await pixelOf(original, 5, 35)]).toEqual([
        RED,
        expect.any(String),
      ]);
    }
  });
});

describe('the kinds of pixels', () => {
  test('a png with 16 bits, in greys, with a palette, or half transparent', async () => {
    const size = { width: 400, height: 300 };
    const grey = await pixels(size).toColourspace('b-w').png().toBuffer();
    const files = {
      deep: await pixels(size).toColourspace('rgb16').png().toBuffer(),
      grey,
      deepGrey: await sharp(grey).toColourspace('grey16').png().toBuffer(),
      palette: await pixels(size).png({ palette: true, colours: 16 }).toBuffer(),
      transparent: await aPng({ ...size, channels: 4 }),
      interlaced: await pixels(size).png({ progressive: true }).toBuffer(),
    };
    const outcomes = await Promise.all(Object.values(files).map(file => bench.process(file)));

    const seen = await Promise.all(outcomes.map(({ original }) => sharp(original).metadata()));
    expect(seen.map(({ channels }) => channels)).toEqual([3, 1, 1, 3, 4, 3]);
    expect(seen.map(({ depth }) => depth)).toEqual(Array(6).fill('uchar'));
    expect(seen.map(({ isPalette }) => isPalette)).toEqual([false, false, false, true, false, false]);
    expect((await sharp(outcomes[4]!.variants[0]).metadata()).hasAlpha).toBe(true);
  });

  test('a palette keeps its colours exactly', async () => {
    const file = await pixels({ width: 300, height: 200 }).png({ palette: true, colours: 64 }).toBuffer();
    const { original } = await bench.process(file);

    const [before, after] = await Promise.all(
      [file, original].map(each => sharp(each).removeAlpha().raw().toBuffer()),
    );
    expect(after!.equals(before!)).toBe(true);
  });

  test('a jpeg in greys and one that is progressive', async () => {
    const grey = await pixels({ width: 400, height: 300 }).toColourspace('b-w').jpeg().toBuffer();
    const progressive = await pixels({ width: 400, height: 300 }).jpeg({ progressive: true }).toBuffer();

    expect((await sharp((await bench.process(grey)).original).metadata()).space).toBe('b-w');
    expect((await bench.process(progressive)).prepared.format).toBe('jpeg');
  });

  test('a webp without loss stays without', async () => {
    const file = await aWebp({ width: 200, height: 100, lossless: true });
    const { original } = await bench.process(file);

    const [before, after] = await Promise.all([file, original].map(each => sharp(each).raw().toBuffer()));
    expect(after!.equals(before!)).toBe(true);
  });

  test('an avif with 10 bits', async () => {
    const { original } = await bench.process(await pixels().avif({ bitdepth: 10, effort: 0 }).toBuffer());

    expect(await sharp(original).metadata()).toMatchObject({ bitsPerSample: 8, mediaType: 'image/avif' });
  });
});

describe('an animation', () => {
  test.each(['gif', 'webp'] as const)(
    'in %s keeps its frames, their times and how often it runs',
    async format => {
      const file = await anAnimation(format, { width: 400, height: 300, frames: 4 });
      const { prepared, original, variants } = await bench.process(file);

      expect(prepared.original).toMatchObject({ width: 400, height: 300 });
      expect(prepared.variants.map(({ width, height }) => [width, height])).toEqual([[320, 240]]);
      for (const each of [original, variants[0]!]) {
        const { pages, loop, delay } = await sharp(each, { animated: true }).metadata();
        expect({ pages, loop, delay }).toEqual({ pages: 4, loop: 3, delay: [100, 100, 100, 100] });
        const shown = await Promise.all(
          [0, 1, 2, 3].map(async page => pixelOf(await sharp(each, { page }).png().toBuffer(), 9, 9)),
        );
        expect(FRAME_COLOURS).toHaveLength(3);
        expect(shown).toEqual([RED, GREEN, BLUE, RED]);
      }
    },
  );

  test('that asks to be turned is taken as it is', async () => {
    const file = await sharp(await anAnimation('webp'), { animated: true })
      .withMetadata({ orientation: 6 })
      .webp()
      .toBuffer();

    expect((await bench.process(file)).prepared.original).toMatchObject({ width: 64, height: 48 });
  });
});

describe('the extremes', () => {
  test.each([
    ['1 by 1', 1, 1, []],
    ['1 by 5000', 1, 5000, []],
    ['5000 by 1', 5000, 1, [1, 1, 1]],
    ['400 by 30000', 400, 30_000, []],
    ['330 by 16000', 330, 16_000, [15_515]],
  ])('%s', async (_what, width, height, heights) => {
    const { prepared } = await bench.process(await aPng({ width, height, noise: 0 }));

    expect(prepared.original).toMatchObject({ width, height });
    expect(prepared.variants.map(variant => variant.height)).toEqual(heights);
  });

  test('49.9 megapixels are taken, and 50.1 are not', async () => {
    const { prepared } = await bench.process(await aJpeg({ width: 9980, height: 5000, noise: 0 }));

    expect(prepared.original).toMatchObject({ width: 9980, height: 5000 });
    expect(await bench.refusal(await aJpeg({ width: 10_020, height: 5000, noise: 0 }), 'a.jpg')).toBe(
      'too_many_pixels a.jpg: an image may have at most 50 megapixels.',
    );
  });

  test('the frames of an animation count together', async () => {
    const gif = gifBytes({ width: 2000, height: 1300, frames: Array<Buffer>(20).fill(gifFrame(2000, 1300)) });

    expect(await bench.refusal(gif)).toMatch(/^too_many_pixels/);
    expect(await bench.refusal(await anAnimation('webp', { width: 2000, height: 1300, frames: 20 }))).toMatch(
      /^too_many_pixels/,
    );
  });
});

describe('the size of what comes out', () => {
  test.each([30, 60, 80, 95])('of a jpeg of quality %i', async quality => {
    const file = await aJpeg({ width: 1200, height: 900, noise: 20, quality });
    const { original } = await bench.process(file);

    expect(original.length).toBeLessThan(file.length * 1.1);
  });

  test('of drawings, photographs and animations', async () => {
    const photo = pixels({ width: 800, height: 600, noise: 3 });
    const files = [
      await photo.clone().png({ adaptiveFiltering: true }).toBuffer(),
      await photo.clone().png({ palette: true, colours: 32 }).toBuffer(),
      await aPng({ width: 1200, height: 900, noise: 0 }),
      await photo.clone().webp({ quality: 70 }).toBuffer(),
      await photo.clone().webp({ lossless: true }).toBuffer(),
      await photo.clone().avif({ quality: 50, effort: 2 }).toBuffer(),
      await photo.clone().gif({ effort: 1 }).toBuffer(),
      await anAnimation('gif', { width: 400, height: 300, frames: 6 }),
    ];
    for (const file of files) {
      const { original, prepared } = await bench.process(file);
      expect([prepared.format, original.length <= file.length * 1.25 + 200]).toEqual([prepared.format, true]);
    }
  });
});
