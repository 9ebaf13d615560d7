import { closeSync, openSync } from 'node:fs';
import { argv, stdout } from 'node:process';
import { SharpImageWorkshop } from '../../../../src/publishing/data/image-workshop/sharp-image-workshop.ts';
import { aJpeg, inChunks } from '../../../support/pictures.ts';

// Run with a small limit of open files: uploads one picture while there are none left, and again when there are.

const file = await aJpeg();
const workshop = new SharpImageWorkshop({ directory: argv[2] ?? '' });
const held: number[] = [];
for (let isFull = false; !isFull;)
  try {
    held.push(openSync('/dev/null', 'r'));
  } catch {
    isFull = true;
  }

const upload = async (): Promise<string> => {
  try {
    await using prepared = await workshop.prepare('a.jpg', inChunks(file));
    return prepared.format === 'jpeg' ? 'taken' : 'odd';
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
};

const first = await upload();
held.forEach(closeSync);
stdout.write(`${first}\n${await upload()}\n`);
await workshop.close();
