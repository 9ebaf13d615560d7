import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import {
  aSamsungTrailer,
  aShortVideo,
  aZip,
  gifBytes,
  gifComment,
  gifFrame,
  isoBox,
  isoHead,
  jpegSegment,
  PNG_HEAD,
  pngChunk,
  pngHeader,
  withPngChunk,
} from '../../support/picture-bytes.ts';
import { within } from '../../support/own-time.ts';
import {
  aGif,
  aJpeg,
  anAnimation,
  anAvif,
  aPng,
  aTiff,
  aWebp,
  pixels,
  truncated,
} from '../../support/pictures.ts';
import { WorkshopUnderTest } from '../../support/workshop.ts';

let bench: WorkshopUnderTest;

beforeAll(async () => {
  bench = await WorkshopUnderTest.open();
});

afterAll(async () => {
  expect(bench.deaths).toEqual([]);
  await bench[Symbol.asyncDispose]();
});

afterEach(async () => {
  expect(await bench.leftovers()).toEqual([]);
});

const UNKNOWN = 'not_an_image file: this is not a jpeg, png, webp, gif or avif image.';
const DAMAGED = 'not_an_image file: the file is damaged or incomplete.';
const TRAILING = 'not_an_image file: there is other data behind the image.';
const SECOND = 'not_an_image file: the file is something else besides an image.';
const TOO_MANY = 'too_many_pixels file: an image may have at most 50 megapixels.';

const size = { width: 200, height: 150, noise: 20 };
const FORMATS = [
  ['jpeg', () => aJpeg(size)],
  ['progressive jpeg', () => pixels(size).jpeg({ progressive: true }).toBuffer()],
  ['png', () => aPng(size)],
  ['interlaced png', () => pixels(size).png({ progressive: true }).toBuffer()],
  ['gif', () => aGif(size)],
  ['animated gif', () => anAnimation('gif')],
  ['webp', () => aWebp(size)],
  ['lossless webp', () => aWebp({ ...size, lossless: true })],
  ['animated webp', () => anAnimation('webp')],
  ['avif', () => anAvif(size)],
] as const;

describe('what is no picture of the five kinds', () => {
  test.each([
    ['a drawing in svg', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ['a tiff', () => aTiff()],
    ['a bmp', () => Buffer.concat([Buffer.from('BM'), Buffer.alloc(200)])],
    ['a document in pdf', () => Buffer.from('%PDF-1.7\n1 0 obj\n')],
    ['text', () => Buffer.from('Dear diary,')],
    ['an archive', () => aZip()],
    ['a program', () => Buffer.from('\x7fELF\x02\x01\x01')],
    ['a video', () => aShortVideo()],
    ['a heic', () => Buffer.concat([isoHead('heic', 'mif1', 'heic'), isoBox('meta'), isoBox('mdat')])],
  ])('%s', async (_what, make) => {
    expect(await bench.refusal(await make())).toBe(UNKNOWN);
  });

  test('an empty file', async () => {
    expect(await bench.refusal(Buffer.alloc(0), 'a.png')).toBe('not_an_image a.png: the file is empty.');
  });

  test('an avif head before another way of compressing', async () => {
    const avif = await anAvif(size);
    const other = Buffer.from(
      avif.toString('latin1').replaceAll('av01', 'hvc1').replaceAll('av1C', 'hvcC'),
      'latin1',
    );

    expect(await bench.refusal(other)).toMatch(/^not_an_image/);
  });
});

describe('what is cut off', () => {
  test.each(FORMATS)('%s', async (_format, make) => {
    const file = await make();
    const cuts = [1, 2, 3, 14, 0.01, 0.1, 0.5, 0.9, 0.99].map(missing => truncated(file, missing));

    expect(await bench.refusal(file)).toBeNull();
    for (const cut of cuts) expect(await bench.refusal(cut)).toMatch(/^not_an_image/);
  });

  test('a jpeg without its last lines, but with an end', async () => {
    const file = await aJpeg({ ...size, height: 400 });
    const end = Buffer.from([0xff, 0xd9]);

    for (const missing of [40, 100, 0.1, 0.5])
      expect(await bench.refusal(Buffer.concat([truncated(file, missing), end]))).toBe(DAMAGED);
  });

  test('a png and a webp whose parts are whole and whose pixels are not', async () => {
    const few = deflateSync(Buffer.alloc(100));
    const png = Buffer.concat([PNG_HEAD, pngHeader(300, 300), pngChunk('IDAT', few), pngChunk('IEND')]);
    const webp = Buffer.from(await aWebp({ ...size, lossless: true }));
    webp.fill(0xff, webp.length >> 1);

    expect(await bench.refusal(png)).toBe(DAMAGED);
    expect(await bench.refusal(webp)).toBe(DAMAGED);
  });

  test('a png whose checksums are wrong', async () => {
    const file = Buffer.from(await aPng(size));
    file.writeUInt8(file.readUInt8(file.length - 13) ^ 1, file.length - 13);

    expect(await bench.refusal(file)).toBe(DAMAGED);
  });
});

describe('what is odd and whole', () => {
  test('bytes that belong to nothing, a scan with strange parameters, and metadata that cannot be read', async () => {
    const jpeg = await aJpeg(size);
    const behindStart = (...parts: readonly Buffer[]) =>
      Buffer.concat([jpeg.subarray(0, 2), ...parts, jpeg.subarray(2)]);
    // Its length, the number of its channels, two bytes for each, and then what only a progressive one may choose.
    const oddScan = Buffer.from(jpeg);
    oddScan.writeUInt8(0, jpeg.lastIndexOf(Buffer.from([0xff, 0xda])) + 5 + 2 * 3 + 1);
    const files = [
      Buffer.concat([jpeg.subarray(0, -2), Buffer.from([1, 2, 3, 4, 5]), jpeg.subarray(-2)]),
      Buffer.concat([jpeg.subarray(0, 20), Buffer.from([9, 9, 9, 9]), jpeg.subarray(20)]),
      oddScan,
      behindStart(jpegSegment(0xe1, Buffer.from('Exif\0\0MM\0*nonsense'))),
      behindStart(
        jpegSegment(0xe2, Buffer.concat([Buffer.from('ICC_PROFILE\0\x01\x01'), Buffer.alloc(200, 7)])),
      ),
      behindStart(jpegSegment(0xee, Buffer.from('Adobe\0\x64\0\0\0\0\x09'))),
      withPngChunk(
        await aPng(size),
        pngChunk('iCCP', Buffer.concat([Buffer.from('k\0\0'), deflateSync(Buffer.alloc(300))])),
      ),
      withPngChunk(await aPng(size), pngChunk('gAMA', Buffer.alloc(4))),
      withPngChunk(await aPng(size), pngChunk('eXIf', Buffer.from('nonsense'))),
    ];

    expect(await Promise.all(files.map(file => bench.refusal(file)))).toEqual(files.map(() => null));
  });

  test('what cameras put behind a jpeg', async () => {
    const jpeg = await aJpeg(size);
    const shots = [aShortVideo(), aSamsungTrailer(), await aJpeg(), Buffer.alloc(4000), Buffer.from('\r\n')];

    for (const shot of shots) expect(await bench.refusal(Buffer.concat([jpeg, shot]))).toBeNull();
  });
});

describe('files of two kinds', () => {
  test.each(FORMATS)('a %s and something else', async (_format, make) => {
    const file = await make();
    const behind = (rest: string | Buffer) => bench.refusal(Buffer.concat([file, Buffer.from(rest)]));

    expect(await behind(aZip())).toBe(TRAILING);
    expect(await behind('%PDF-1.7\n')).toBe(TRAILING);
    expect(await behind('<html><script>alert(1)</script>')).toBe(TRAILING);
    expect(await behind('<?php system($_GET[0]);')).toBe(TRAILING);
    expect(await behind('MZ\x90\0')).toBe(TRAILING);
  });

  test('a page with the head of a gif', async () => {
    const page = Buffer.from('GIF89a<html><body><script>alert(document.cookie)</script></body></html>');

    expect(await bench.refusal(page)).toMatch(/^not_an_image/);
  });

  test('a gif that is a script as well', async () => {
    const script = gifBytes({ width: 0x2a2f, frames: [gifComment('*/=alert(1)//'), gifFrame()] });

    expect(await bench.refusal(script)).toBe(SECOND);
  });

  test('a page inside of a picture, where a browser would look for it', async () => {
    const jpeg = await aJpeg(size);
    const comment = jpegSegment(0xfe, Buffer.from('<script>alert(1)</script>'));

    expect(await bench.refusal(Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]))).toBe(SECOND);
    expect(
      await bench.refusal(withPngChunk(await aPng(size), pngChunk('tEXt', Buffer.from('k\0<svg onload=x>')))),
    ).toBe(SECOND);
  });

  test('an archive inside of a picture', async () => {
    expect(await bench.refusal(withPngChunk(await aPng({ noise: 0 }), pngChunk('zzZz', aZip())))).toBe(
      SECOND,
    );
  });
});

describe('bombs cost nothing', () => {
  const quickly = (file: Buffer): Promise<string | null> => within(1500, () => bench.refusal(file));

  test('60 megapixels of one colour', async () => {
    expect(await quickly(await aPng({ width: 10_000, height: 6000, noise: 0 }))).toBe(TOO_MANY);
  });

  test('a few bytes that say they are 65535 by 65535', async () => {
    const png = Buffer.concat([
      PNG_HEAD,
      pngHeader(65_535, 65_535),
      pngChunk('IDAT', deflateSync(Buffer.alloc(1000))),
      pngChunk('IEND'),
    ]);
    const jpeg = Buffer.from(await aJpeg());
    jpeg.fill(0xff, jpeg.indexOf(Buffer.from([0xff, 0xc0])) + 5, jpeg.indexOf(Buffer.from([0xff, 0xc0])) + 9);
    const avif = Buffer.from(await anAvif());
    avif.writeUInt32BE(65_535, avif.indexOf('ispe') + 8);
    avif.writeUInt32BE(65_535, avif.indexOf('ispe') + 12);
    const webp = Buffer.from(await aWebp({ channels: 4 }));
    webp.fill(0xff, 24, 30);

    expect(await quickly(png)).toBe(TOO_MANY);
    expect(
      await quickly(gifBytes({ width: 65_535, height: 65_535, frames: [gifFrame(65_535, 65_535)] })),
    ).toBe(TOO_MANY);
    expect(await quickly(jpeg)).toMatch(/^too_many_pixels|^not_an_image/);
    expect(await quickly(avif)).toBe(TOO_MANY);
    expect(await quickly(webp)).toBe(DAMAGED);
  });

  test('text and profiles that unpack to half a gigabyte', async () => {
    const packed = deflateSync(Buffer.alloc(500_000_000), { level: 9 });
    const png = await aPng(size);
    const heads = { zTXt: 'k\0\0', iTXt: 'k\0\x01\0\0\0', iCCP: 'k\0\0' };

    for (const [type, head] of Object.entries(heads))
      expect(
        await quickly(withPngChunk(png, pngChunk(type, Buffer.concat([Buffer.from(head), packed])))),
      ).toBeNull();
  });

  test('a jpeg that goes over its pixels again and again', async () => {
    const jpeg = await pixels({ width: 6000, height: 4000, noise: 0 }).jpeg({ progressive: true }).toBuffer();
    const scan = jpeg.subarray(jpeg.lastIndexOf(Buffer.from([0xff, 0xda])), -2);
    const bomb = Buffer.concat([jpeg.subarray(0, -2), ...Array<Buffer>(2000).fill(scan), jpeg.subarray(-2)]);

    expect(await bench.refusal(bomb)).toBe(DAMAGED);
  });
});

describe('whatever comes', () => {
  test('a file with bytes changed is refused or comes out as a picture, and the decoder lives', async () => {
    const files = await Promise.all(FORMATS.map(([, make]) => make()));
    const change = fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      fc.integer({ min: 0, max: 255 }),
    );

    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(change, { minLength: 1, maxLength: 12 }),
        async (file, changes) => {
          const changed = Buffer.from(file);
          for (const [place, value] of changes) changed[Math.floor(place * changed.length)] = value;
          expect((await bench.refusal(changed)) ?? 'taken').toMatch(/^taken|^not_an_image|^too_many_pixels/);
        },
      ),
      { numRuns: 250 },
    );
  });

  test('random bytes behind the head of a picture are never one', async () => {
    const heads = (await Promise.all(FORMATS.map(([, make]) => make()))).map(file => file.subarray(0, 40));

    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...heads),
        fc.integer({ min: 4, max: 40 }),
        fc.uint8Array({ minLength: 20, maxLength: 600 }),
        async (head, kept, rest) => {
          const file = Buffer.concat([head.subarray(0, kept), rest]);
          expect(await bench.refusal(file)).toMatch(/^not_an_image|^too_many_pixels/);
        },
      ),
      { numRuns: 250 },
    );
  });
});

describe('the library behind it', () => {
  test('reads nothing but the five kinds, whatever it is given', () => {
    const program = join(import.meta.dirname, 'support', 'readable-kinds.ts');
    const said = execFileSync(process.execPath, [program], { encoding: 'utf8' });

    expect(said.split('\n')).toEqual([
      ...['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif'],
      ...['refused', 'refused', ''],
    ]);
  });
});
