import { webAddress } from '../../shared/domain/web-address.ts';
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
    const address = webAddress(text, LONGEST);
    if (address === null) throw new InvalidImageAddress();
    return new ImageAddress(address);
  }
}
