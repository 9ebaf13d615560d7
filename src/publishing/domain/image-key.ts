const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Five random bits a character: with 26 of them nobody ever guesses an address. */
export const IMAGE_KEY_LENGTH = 26;

/** A key out of random bytes, of which it takes 26. */
export const imageKeyOf = (random: Uint8Array): string =>
  Array.from(random.subarray(0, IMAGE_KEY_LENGTH), byte => ALPHABET[byte % ALPHABET.length]).join('');

const FILE_NAME = /^([a-z2-7]{26})(?:-[1-9]\d{0,4})?\.[a-z]{3,4}$/;

/** The key in the name of an image's file, or null for what can be no such name. */
export const imageKeyIn = (fileName: string): string | null => FILE_NAME.exec(fileName)?.[1] ?? null;
