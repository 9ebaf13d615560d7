import { setTimeout as delay } from 'node:timers/promises';
import type { Person } from './people.ts';
import { photoOf } from './picture.ts';
import type { Program } from './programs.ts';
import { askUsage } from './usage.ts';

const AT_ONCE = 8;
const PHOTO_BYTES = 10_000_000;

export interface UploadMemory {
  /** How much larger the server itself was at its largest. */
  readonly grownBytes: number;
  /** The largest that its helpers were together. */
  readonly helperBytes: number;
}

/** Uploads eight large photos at the same moment, and looks at the server's memory all the while. */
export const uploadMemory = async (product: Program, people: readonly Person[]): Promise<UploadMemory> => {
  const photo = await photoOf(PHOTO_BYTES, 5_600, 4_200);
  const { residentBytes: before } = await askUsage(product.child);
  const largest = { grownBytes: 0, helperBytes: 0 };
  const uploads = people.slice(0, AT_ONCE).map(person => upload(product, person, photo));
  const done = Promise.all(uploads).then(() => true);
  while (!(await Promise.race([done, delay(50, false)]))) {
    const { residentBytes, helperBytes } = await askUsage(product.child);
    largest.grownBytes = Math.max(largest.grownBytes, residentBytes - before);
    largest.helperBytes = Math.max(largest.helperBytes, helperBytes);
  }
  return largest;
};

const upload = async (product: Program, person: Person, photo: Buffer): Promise<void> => {
  const form = new FormData();
  form.append('photo', new Blob([new Uint8Array(photo)], { type: 'image/jpeg' }), 'photo.jpg');
  const response = await fetch(`${product.url}/v1/assets/images`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${person.accessToken}` },
    body: form,
  });
  if (response.status !== 201) throw new Error(`The upload answered ${response.status}.`);
  await response.arrayBuffer();
};
