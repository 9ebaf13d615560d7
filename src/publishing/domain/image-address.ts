import { InvalidImageAddress } from './errors.ts';

const LONGEST = 500;

/** Where a featured image is: http or https only, never with credentials inside. */
export class ImageAddress {
  readonly value: string;

  private constructor(value: string) {
    this.value = value;
  }

  static stored(value: string): ImageAddress {
    return new ImageAddress(value);
  }

  /** @throws {InvalidImageAddress} */
  static of(text: string): ImageAddress {
    const url = URL.parse(text.trim());
    const isPlain =
      url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
    if (!isPlain || url.href.length > LONGEST) throw new InvalidImageAddress();
    return new ImageAddress(url.href);
  }
}
