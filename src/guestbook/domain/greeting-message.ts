import { hasVisibleCharacter, plainText } from '../../shared/domain/plain-text.ts';

const LONGEST = 500;

/** What a guest writes: at most 500 code points after trimming, on several lines if they like. */
export class GreetingMessage {
  readonly value: string;

  private constructor(value: string) {
    this.value = value;
  }

  static stored(value: string): GreetingMessage {
    return new GreetingMessage(value);
  }

  /** Null where nothing can be seen: a form sends its empty field too. @throws {TextTooLong} @throws {UnseenCharacters} */
  static of(text: string): GreetingMessage | null {
    const value = plainText(text, LONGEST);
    return hasVisibleCharacter(value) ? new GreetingMessage(value) : null;
  }
}
