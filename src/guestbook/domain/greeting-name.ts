import { hasVisibleCharacter, plainText } from '../../shared/domain/plain-text.ts';
import { BlankName, NameOfSeveralLines } from './errors.ts';

const LONGEST = 80;

/** What a guest calls themselves: one line of 1 to 80 code points after trimming, one of which can be seen. */
export class GreetingName {
  readonly value: string;

  private constructor(value: string) {
    this.value = value;
  }

  static stored(value: string): GreetingName {
    return new GreetingName(value);
  }

  /** @throws {TextTooLong} @throws {UnseenCharacters} @throws {NameOfSeveralLines} @throws {BlankName} */
  static of(text: string): GreetingName {
    const value = plainText(text, LONGEST);
    if (/[\n\u2028\u2029]/.test(value)) throw new NameOfSeveralLines();
    if (!hasVisibleCharacter(value)) throw new BlankName();
    return new GreetingName(value);
  }
}
