import { stdout } from 'node:process';
import sharp from 'sharp';
import { aGif, aJpeg, anAvif, aPng, aTiff, aWebp } from '../../../support/pictures.ts';

// Says which kinds of pictures the library still reads once the decoder has been set up.

const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
const files = [await aJpeg(), await aPng(), await aWebp(), await aGif(), await anAvif(), await aTiff(), svg];
await import('../../../../src/publishing/data/image-workshop/decoder.ts');
for (const file of files)
  stdout.write(
    await sharp(file)
      .metadata()
      .then(
        ({ mediaType }) => `${String(mediaType)}\n`,
        () => 'refused\n',
      ),
  );
