import { hasVisibleCharacter, plainText } from '../../shared/domain/plain-text.ts';
import { BlankTitle } from './errors.ts';

const LONGEST = 200;

/** One line of 1 to 200 characters. */
export class Title {
  readonly value: string;

  private constructor(value: string) {
    this.value = value;
  }

  static stored(value: string): Title {
    return new Title(value);
  }

  /** @throws {BlankTitle} @throws {TextTooLong} @throws {UnseenCharacters} */
  static of(text: string): Title {
    const value = plainText(text.replaceAll(/\s+/g, ' '), LONGEST);
    if (!hasVisibleCharacter(value)) throw new BlankTitle();
    return new Title(value);
  }
}
