import { randomBytes } from 'node:crypto';
import { imageKeyIn, imageKeyOf } from '../../../../src/publishing/domain/image-key.ts';

test('a key is found in the names of its files', () => {
  const key = imageKeyOf(randomBytes(26));

  expect(key).toMatch(/^[a-z2-7]{26}$/);
  expect([`${key}.jpg`, `${key}-320.webp`, `${key}-1280.webp`].map(imageKeyIn)).toEqual([key, key, key]);
});

test('every character stands for five bits', () => {
  expect(imageKeyOf(Uint8Array.from({ length: 32 }, (_, index) => index * 3))).toBe(
    'adgjmpsvy36behknqtwz47cfil',
  );
});

test.each([
  '',
  'a.jpg',
  `${'a'.repeat(27)}.jpg`,
  'a'.repeat(26),
  `../${'a'.repeat(26)}.jpg`,
  `${'a'.repeat(26)}.jpg\n`,
])('there is none in %j', name => {
  expect(imageKeyIn(name)).toBeNull();
});
