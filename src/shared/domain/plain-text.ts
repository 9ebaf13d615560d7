import { DomainError } from './domain-error.ts';

// Control characters (but for line breaks) and the bidi overrides that let a text show something else than it says.
const UNSEEN = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/u;

/**
 * A short text that a person writes about themselves: trimmed, NFC, at most `longest` code points.
 * @throws {TextTooLong} @throws {UnseenCharacters}
 */
export const plainText = (text: string, longest: number): string => {
  const trimmed = text.trim().normalize('NFC').replaceAll('\r\n', '\n');
  if (Array.from(trimmed).length > longest) throw new TextTooLong(longest);
  if (UNSEEN.test(trimmed.replaceAll('\n', ''))) throw new UnseenCharacters();
  return trimmed;
};

// Letters among them that leave no mark (Hangul fillers), and one symbol: the empty Braille pattern.
const LEAVES_NO_MARK = /[\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** Whether anything of a text shows on paper. Zero-width characters, fillers and spaces do not. */
export const hasVisibleCharacter = (text: string): boolean =>
  /[\p{L}\p{N}\p{P}\p{S}]/u.test(text.replaceAll(LEAVES_NO_MARK, ''));

export class TextTooLong extends DomainError {
  constructor(longest: number) {
    super('invalid', 'too_long', `At most ${longest} characters.`);
  }
}

export class UnseenCharacters extends DomainError {
  constructor() {
    super('invalid', 'unseen_characters', 'Control characters and text-direction overrides are not allowed.');
  }
}
