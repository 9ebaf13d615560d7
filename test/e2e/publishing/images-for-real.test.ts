import { readdir } from 'node:fs/promises';
import sharp from 'sharp';
import { startApp, type TestApp } from '../../support/app.ts';
import { signedIn, type Person } from '../../support/person.ts';
import { ASSETS } from '../../../src/publishing/tokens.ts';
import { CONFIGURATION } from '../../../src/tokens.ts';

let app: TestApp;
let ada: Person;

beforeAll(async () => {
  app = await startApp();
  ada = await signedIn(app);
});

afterAll(async () => {
  await app.close();
});

const aPhoto = (width: number, height: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#48a' } })
    .jpeg()
    .withMetadata({ orientation: 6 })
    .toBuffer();

const upload = (files: Readonly<Record<string, Buffer | string>>): Promise<Response> => {
  const form = new FormData();
  for (const [name, content] of Object.entries(files))
    form.append('picture', new Blob([typeof content === 'string' ? content : new Uint8Array(content)]), name);
  const headers = { Authorization: `Bearer ${ada.device.accessToken}` };
  return fetch(`${app.url}/v1/assets/images`, { method: 'POST', headers, body: form });
};

const here = (url: string): string => app.url + new URL(url).pathname;

const objects = async (): Promise<readonly string[]> =>
  (await Array.fromAsync(app.container.get(ASSETS).list(''))).map(({ key }) => key);

const leftovers = async (): Promise<readonly string[]> => {
  const { uploadsDirectory } = app.container.get(CONFIGURATION);
  const entries = await readdir(uploadsDirectory, { recursive: true, withFileTypes: true });
  return entries.filter(entry => entry.isFile()).map(({ name }) => name);
};

test('a photo goes in as a form sends it, and comes out upright, without metadata and in every size', async () => {
  const answer = await upload({ 'holiday.png': await aPhoto(900, 1800) });
  const { images } = (await answer.json()) as { images: { url: string; variants: { url: string }[] }[] };

  expect(answer.status).toBe(201);
  expect(images).toMatchObject([{ width: 1800, height: 900, content_type: 'image/jpeg' }]);
  const widths: unknown[] = [];
  for (const { url } of [images[0]!, ...images[0]!.variants]) {
    const file = await fetch(here(url));
    const bytes = Buffer.from(await file.arrayBuffer());
    const { width, format, exif } = await sharp(bytes).metadata();
    expect(file.headers.get('content-type')).toBe(`image/${format}`);
    expect(file.headers.get('content-length')).toBe(String(bytes.length));
    widths.push([width, format, exif]);
  }
  expect(widths).toEqual([
    [1800, 'jpeg', undefined],
    [320, 'webp', undefined],
    [640, 'webp', undefined],
    [1280, 'webp', undefined],
  ]);
  const part = await fetch(here(images[0]!.url), { headers: { Range: 'bytes=0-1' } });
  expect([part.status, Buffer.from(await part.arrayBuffer()).toString('hex')]).toEqual([206, 'ffd8']);
});

test('one page among photos takes all of them back', async () => {
  const before = await objects();
  const photo = await aPhoto(400, 300);
  const answer = await upload({ 'a.jpg': photo, 'b.gif': 'GIF89a<script>alert(1)</script>', 'c.jpg': photo });

  expect([answer.status, await answer.json()]).toMatchObject([
    422,
    { code: 'not_an_image', detail: expect.stringMatching(/^b\.gif: /) },
  ]);
  expect(await objects()).toEqual(before);
  expect(await leftovers()).toEqual([]);
});

test('what is deleted is gone from the disk when its event has been delivered', async () => {
  const before = await objects();
  const answer = await upload({ 'a.jpg': await aPhoto(300, 400) });
  const { images } = (await answer.json()) as { images: { id: string; url: string }[] };
  const stored = await objects();
  await ada.device.delete(`/v1/assets/images/${images[0]!.id}`).expect(204);
  await app.deliver();

  expect(stored).toHaveLength(before.length + 2);
  expect(await objects()).toEqual(before);
  expect((await fetch(here(images[0]!.url))).status).toBe(404);
});
