import { createRequire } from 'node:module';
import type * as CommonLanguage from '@zxcvbn-ts/language-common';
import type { CommonPasswords } from '../services/password-lists.ts';

// Shorter listed words stand inside too many honest passwords to say anything about them.
const SHORTEST_CORE = 6;

// A date with its separators, as in " 31.12.1999"; more around a listed password is a secret of its own.
const MOST_DECORATION = 11;

/**
 * The list that ships with zxcvbn (about 49,000 passwords, the most frequent ones of public breaches), and what people
 * make of it to satisfy a rule: digits and punctuation around a listed password, or the same one several times.
 * A phrase of several words is never matched. ASVS 5 6.2.4, NIST SP 800-63B-4 section 3.1.1.2.
 */
export class ShippedCommonPasswords implements CommonPasswords {
  #listed: ReadonlySet<string> | null = null;

  includes(password: string): boolean {
    const listed = this.#list();
    return listed.has(password) || isDecorated(password, listed) || isRepeated(password, listed);
  }

  #list(): ReadonlySet<string> {
    this.#listed ??= readList();
    return this.#listed;
  }
}

// Read at the first question, because a process that starts should not wait for it; `require` answers at once.
const readList = (): ReadonlySet<string> => {
  const require = createRequire(import.meta.url);
  const { dictionary } = require('@zxcvbn-ts/language-common') as typeof CommonLanguage;
  return new Set(dictionary['passwords-common']);
};

const isLetter = (character: string | undefined): boolean => /\p{L}/u.test(character ?? '');

// Every stretch that holds all the letters is tried, as listed passwords have digits of their own.
const isDecorated = (text: string, listed: ReadonlySet<string>): boolean => {
  const characters = Array.from(text);
  const firstLetter = characters.findIndex(isLetter);
  if (firstLetter === -1) return isDecoratedNumber(characters, listed);
  const afterLetters = characters.findLastIndex(isLetter) + 1;
  if (firstLetter + characters.length - afterLetters > MOST_DECORATION) return false;
  return stretches(characters, firstLetter, afterLetters).some(core => listed.has(core));
};

// Only where the listed digits are most of it: a few of them stand in every long random number.
const isDecoratedNumber = (characters: readonly string[], listed: ReadonlySet<string>): boolean =>
  characters.length < 2 * MOST_DECORATION &&
  stretches(characters, characters.length, 0).some(
    core => 2 * core.length > characters.length && listed.has(core),
  );

/** Every stretch of `SHORTEST_CORE` and more that begins at `latestStart` or before and ends at `earliestEnd` or after. */
const stretches = (characters: readonly string[], latestStart: number, earliestEnd: number): string[] => {
  const found: string[] = [];
  for (let start = 0; start <= latestStart; start++)
    for (let end = Math.max(earliestEnd, start + SHORTEST_CORE); end <= characters.length; end++)
      found.push(characters.slice(start, end).join(''));
  return found;
};

const isRepeated = (text: string, listed: ReadonlySet<string>): boolean => {
  const plain = text.replace(/[^\p{L}\p{N}]/gu, '');
  return [plain, plain.replace(/^\p{N}+|\p{N}+$/gu, '')].some(core => {
    const once = /^(.{6,24}?)\1+$/su.exec(core)?.[1];
    return once !== undefined && listed.has(once);
  });
};
