// A sequence that is typed twice counts once, and fewer than 8 characters are too few by every standard.
const LONGEST_PERIOD = 7;

// What has to remain beside names, runs and repetitions for a password to count as chosen.
const OWN_CHARACTERS = 4;

// A name with a date (8 digits) behind it is what people write; more digits than that are nobody's date.
const DATE_DIGITS = 8;

const SHORTEST_NAME = 3;
const SHORTEST_RUN = 3;

/** Nothing but one short sequence repeated, or runs of the alphabet, the digits or the rows of a keyboard. */
export const isPredictable = (text: string): boolean => {
  const characters = Array.from(text.toLowerCase());
  return hasShortPeriod(characters) || withoutSequences(characters).length < OWN_CHARACTERS;
};

/**
 * Made of the given names: alone, repeated, in other letter cases, spelt with digits for letters, or with digits,
 * punctuation or a common password around them. A name inside a longer phrase is fine.
 */
export const isMadeOfNames = (
  text: string,
  names: readonly string[],
  isCommon: (text: string) => boolean,
): boolean => {
  const { found, rest } = withoutNames(text.toLowerCase(), names);
  if (!found) return false;
  const own = withoutSequences(rest).filter(character => /[\p{L}\p{N}]/u.test(character));
  const letters = own.filter(character => /\p{L}/u.test(character));
  return (letters.length < OWN_CHARACTERS && own.length <= DATE_DIGITS) || isCommon(rest.join(''));
};

const hasShortPeriod = (characters: readonly string[]): boolean =>
  Array.from({ length: LONGEST_PERIOD }, (_, index) => index + 1).some(
    period =>
      characters.length >= 2 * period &&
      characters.every((character, index) => index < period || character === characters[index - period]),
  );

const withoutSequences = (characters: readonly string[]): string[] => {
  const unrepeated = characters
    .join('')
    .replace(/(.{1,5}?)\1{2,}/gsu, '')
    .replace(/(.)\1/gsu, '$1');
  return withoutRuns(Array.from(unrepeated));
};

const withoutRuns = (characters: readonly string[]): string[] => {
  const rest: string[] = [];
  for (let index = 0; index < characters.length;) {
    const run = runLength(characters, index);
    if (run < SHORTEST_RUN) rest.push(characters[index] ?? '');
    index += run < SHORTEST_RUN ? 1 : run;
  }
  return rest;
};

const runLength = (characters: readonly string[], start: number): number =>
  Math.max(
    ...SUCCESSORS.map(successor => {
      let end = start + 1;
      while (end < characters.length && successor.get(characters[end - 1] ?? '') === characters[end]) end++;
      return end - start;
    }),
  );

// For each sequence, which character follows which; after the last one comes the first.
const SUCCESSORS: readonly ReadonlyMap<string, string>[] = [
  'abcdefghijklmnopqrstuvwxyz',
  '0123456789',
  '!@#$%^&*()',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
]
  .flatMap(sequence => [Array.from(sequence), Array.from(sequence).reverse()])
  .map(
    sequence =>
      new Map(sequence.map((character, index) => [character, sequence.at(index + 1) ?? sequence[0] ?? ''])),
  );

const LOOKS_LIKE: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '!': 'i',
  '|': 'i',
  l: 'i',
  '2': 'z',
  '3': 'e',
  '4': 'a',
  '@': 'a',
  '5': 's',
  $: 's',
  '7': 't',
  '+': 't',
  '8': 'b',
  '9': 'g',
};

// Accents and separators vanish and look-alikes fall together, in names and in passwords alike.
const skeleton = (character: string): string =>
  Array.from(character.toLowerCase().normalize('NFKD'))
    .map(part => LOOKS_LIKE[part] ?? (/[\p{L}\p{N}]/u.test(part) ? part : ''))
    .join('');

const withoutNames = (text: string, names: readonly string[]): { found: boolean; rest: string[] } => {
  // One entry per UTF-16 unit of the skeleton, so that a position found there leads back to the character typed.
  const units = Array.from(text).flatMap(character =>
    skeleton(character)
      .split('')
      .map((_, index) => (index === 0 ? character : '')),
  );
  const original = Array.from(text).map(skeleton).join('');
  let masked = original;
  for (const name of skeletons(names)) masked = masked.replaceAll(name, '\0'.repeat(name.length));
  return {
    found: masked !== original,
    rest: units.filter((unit, index) => unit !== '' && masked[index] !== '\0'),
  };
};

const skeletons = (names: readonly string[]): string[] =>
  names
    .flatMap(name => [name, ...name.split(/[^\p{L}\p{N}]+/u)])
    .map(name => Array.from(name).map(skeleton).join(''))
    .filter(name => Array.from(name).length >= SHORTEST_NAME)
    .sort((one, other) => other.length - one.length);
