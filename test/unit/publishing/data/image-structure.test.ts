import fc from 'fast-check';
import { Refused } from '../../../../src/publishing/data/image-workshop/refused.ts';
import { inspect } from '../../../../src/publishing/data/image-workshop/structure/inspect.ts';
import {
  aSamsungTrailer,
  aShortVideo,
  aZip,
  avifBytes,
  gifBytes,
  gifComment,
  gifFrame,
  isoBox,
  isoHead,
  jpegBytes,
  jpegScan,
  jpegSegment,
  pngBytes,
  pngChunk,
  webpBytes,
  webpChunk,
} from '../../../support/picture-bytes.ts';

const DATA = Buffer.from('pixels');
const KINDS = {
  jpeg: jpegBytes(),
  png: pngBytes(pngChunk('IDAT', DATA)),
  gif: gifBytes(),
  webp: webpBytes(webpChunk('VP8 ', DATA)),
  avif: avifBytes(),
};
const ALL = Object.entries(KINDS) as readonly (readonly [keyof typeof KINDS, Buffer])[];

const reasonFor = (...parts: readonly (Buffer | string)[]): string => {
  const file = Buffer.concat(
    parts.map(part => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
  );
  try {
    return `taken as ${inspect(file).format}`;
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
};

const DAMAGED = 'the file is damaged or incomplete.';
const UNKNOWN = 'this is not a jpeg, png, webp, gif or avif image.';
const TRAILING = 'there is other data behind the image.';
const SECOND = 'the file is something else besides an image.';

describe('what a file is, by its parts', () => {
  test.each(ALL)('a %s is known and ends with its last byte', (format, file) => {
    expect(inspect(file)).toMatchObject({ format, end: file.length });
  });

  test.each(ALL)('a %s that is cut off anywhere is refused', (_format, file) => {
    const taken = [...file.keys()].filter(length => reasonFor(file.subarray(0, length)).startsWith('taken'));

    expect(taken).toEqual([]);
  });

  test.each(ALL)('padding behind a %s is nothing', (format, file) => {
    for (const padding of ['\0'.repeat(5000), '\r\n', ' \n', '\xff\xff'])
      expect(reasonFor(file, padding)).toBe(`taken as ${format}`);
  });

  test.each(ALL)('anything else behind a %s is refused', (_format, file) => {
    for (const rest of ['x', '\0\0x', '#!/bin/sh\n', 'MZ\x90\0', '\x7fELF', 'Rar!\x1a', '{"a":1}'])
      expect(reasonFor(file, rest)).toBe(TRAILING);
  });

  test.each(ALL)('an archive, a document or a page behind a %s is refused', (_format, file) => {
    const page = '<html><script>alert(1)</script>';

    expect(reasonFor(file, aZip())).toBe(TRAILING);
    expect(reasonFor(file, '%PDF-1.7\n')).toBe(TRAILING);
    expect(reasonFor(file, page)).toBe(TRAILING);
    expect(reasonFor(file, KINDS.jpeg, page)).toBe(TRAILING);
  });

  test.each([
    '',
    'a',
    'GIF',
    'just text',
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
    '%PDF-1.7',
    'BM',
    'II*\0',
    'MM\0*',
  ])('%j is no picture', content => {
    expect(reasonFor(content)).toBe(content === '' ? 'the file is empty.' : UNKNOWN);
  });

  test('random bytes behind the head of any kind never do more than being refused', () => {
    const heads = ALL.map(([, file]) => file.subarray(0, 16));

    fc.assert(
      fc.property(
        fc.constantFrom(...heads),
        fc.nat(16),
        fc.uint8Array({ maxLength: 400 }),
        (head, kept, rest) => {
          const reason = reasonFor(head.subarray(0, kept), Buffer.from(rest));
          expect([DAMAGED, UNKNOWN, TRAILING, SECOND, 'the file is empty.']).toContain(
            reason.startsWith('taken') ? DAMAGED : reason,
          );
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('what cameras put behind a jpeg', () => {
  test.each([
    ['a second picture', [KINDS.jpeg]],
    ['two pictures with padding between them', ['\0\0\0', KINDS.jpeg, '\0'.repeat(100), KINDS.jpeg, '\0']],
    ['a video', [aShortVideo()]],
    ['a picture and a video', [KINDS.jpeg, '\0\0', aShortVideo()]],
    ["Samsung's directory", [aSamsungTrailer()]],
    [
      "a picture, padding and Samsung's directory",
      [KINDS.jpeg, '\0\0\0\0', aSamsungTrailer(Buffer.from('data'))],
    ],
  ])('%s is left behind', (_what, trailers) => {
    expect(reasonFor(KINDS.jpeg, ...trailers)).toBe('taken as jpeg');
    expect(reasonFor(KINDS.jpeg, ...trailers, 'x')).not.toMatch(/^taken/);
  });

  test('a video whose size looks like padding is a video', () => {
    for (const brands of [0, 1, 2, 3, 4, 5, 6])
      expect(
        reasonFor(KINDS.jpeg, '\0', isoHead('isom', ...Array<string>(brands).fill('mp42')), isoBox('mdat')),
      ).toBe('taken as jpeg');
  });

  test('a directory that does not lead to what stands there is other data', () => {
    expect(reasonFor(KINDS.jpeg, 'evil', aSamsungTrailer())).toBe(TRAILING);
    expect(reasonFor(KINDS.jpeg, 'SEFT')).toBe(TRAILING);
  });

  test('nothing may hide in them', () => {
    const page = Buffer.from('<script>alert(1)</script>');

    expect(reasonFor(KINDS.jpeg, aSamsungTrailer(page))).toBe(SECOND);
    expect(reasonFor(KINDS.jpeg, isoHead('isom'), isoBox('mdat', page))).toBe(SECOND);
    expect(reasonFor(KINDS.jpeg, isoHead('isom'), isoBox('free', aZip()))).toBe(SECOND);
    expect(reasonFor(KINDS.jpeg, jpegBytes(jpegSegment(0xfe, page)))).toBe(SECOND);
  });

  test('a video that is cut off is other data', () => {
    expect(reasonFor(KINDS.jpeg, aShortVideo().subarray(0, -1))).toBe(TRAILING);
  });
});

describe('files of two kinds', () => {
  test.each(['<html>', '<SCRIPT src=x>', '<svg onload=x>', '<?php x', '%PDF-1.4', '<!DOCTYPE html>'])(
    '%j in the first kilobyte',
    content => {
      const inPng = pngBytes(pngChunk('tEXt', Buffer.from(`k\0${content}`)), pngChunk('IDAT', DATA));

      expect(reasonFor(inPng)).toBe(SECOND);
      expect(reasonFor(gifBytes({ frames: [gifComment(content), gifFrame()] }))).toBe(SECOND);
      expect(reasonFor(jpegBytes(jpegSegment(0xfe, Buffer.from(content))))).toBe(SECOND);
    },
  );

  test('a gif whose size begins a comment of a script', () => {
    expect(reasonFor(gifBytes({ width: 0x2a2f }))).toBe(SECOND);
  });

  test('an archive inside the last parts of a picture', () => {
    const inComment = jpegBytes(jpegSegment(0xfe, aZip()));
    const deep = Buffer.concat([inComment, Buffer.alloc(60_000)]);

    expect(reasonFor(inComment)).toBe(SECOND);
    expect(reasonFor(deep)).toBe(SECOND);
    expect(reasonFor(pngBytes(pngChunk('IDAT', DATA), pngChunk('zzZz', aZip())))).toBe(SECOND);
  });

  test('the letters of an archive alone are no archive', () => {
    const letters = Buffer.from(`PK\x03\x04${'\xff'.repeat(40)}PK\x05\x06${'\xee'.repeat(40)}`, 'latin1');

    expect(reasonFor(pngBytes(pngChunk('IDAT', letters)))).toBe('taken as png');
  });

  test('metadata in markup is no page', () => {
    const xmp = '<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF/></x:xmpmeta>';

    expect(reasonFor(jpegBytes(jpegSegment(0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0${xmp}`))))).toBe(
      'taken as jpeg',
    );
  });
});

describe('other media in the container of avif', () => {
  test.each(['heic', 'heix', 'mif1', 'mp42', 'isom', 'qt  '])('%s is refused', brand => {
    expect(reasonFor(isoHead(brand, 'mif1', 'heic'), isoBox('meta'), isoBox('mdat', DATA))).toBe(UNKNOWN);
  });

  test('a general brand that is compatible with avif is taken', () => {
    expect(reasonFor(isoHead('mif1', 'avif'), isoBox('meta'), isoBox('mdat', DATA))).toBe('taken as avif');
  });

  test('a brand is not found in the version', () => {
    expect(reasonFor(isoBox('ftyp', Buffer.from('heicavifheic')), isoBox('mdat'))).toBe(UNKNOWN);
  });
});

describe('how a picture was compressed', () => {
  const tables = (value: number) =>
    jpegSegment(0xdb, Buffer.concat([Buffer.from([0]), Buffer.alloc(64, value)]));

  test('a jpeg with finer tables had a higher quality', () => {
    const qualities = [1, 6, 20, 60, 200].map(value => inspect(jpegBytes(tables(value))).quality ?? 0);

    expect(qualities[0]).toBeGreaterThan(95);
    expect(qualities[4]).toBeLessThan(20);
    expect(qualities).toEqual(qualities.toSorted((one, other) => other - one));
  });

  test('a jpeg without tables says nothing', () => {
    expect(inspect(KINDS.jpeg)).not.toHaveProperty('quality');
    expect(inspect(jpegBytes(jpegSegment(0xdb, Buffer.from([0, 1]))))).not.toHaveProperty('quality');
  });

  test('a progressive jpeg goes on behind its first scan', () => {
    expect(reasonFor(jpegBytes(jpegScan(), jpegSegment(0xc4, DATA), jpegScan()))).toBe('taken as jpeg');
  });

  test.each([
    ['one chunk without loss', [webpChunk('VP8L', DATA)], true],
    [
      'one chunk with loss',
      [webpChunk('VP8X', DATA), webpChunk('ALPH', DATA), webpChunk('VP8 ', DATA)],
      false,
    ],
    [
      'frames without loss',
      [webpChunk('ANMF', Buffer.concat([Buffer.alloc(16), webpChunk('VP8L', DATA)]))],
      true,
    ],
    [
      'frames with loss',
      [webpChunk('ANMF', Buffer.concat([Buffer.alloc(16), webpChunk('VP8 ', DATA)]))],
      false,
    ],
  ])('a webp of %s', (_what, chunks, isLossless) => {
    expect(inspect(webpBytes(...chunks))).toMatchObject({ isLossless });
  });
});
