/** A file that is not taken, and why: the end of a sentence that begins with its name. */
export class Refused extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'Refused';
  }
}

export class TooManyPixels extends Error {
  constructor() {
    super('too many pixels');
    this.name = 'TooManyPixels';
  }
}

export const UNKNOWN_KIND = 'this is not a jpeg, png, webp, gif or avif image.';
export const DAMAGED = 'the file is damaged or incomplete.';
export const NOT_DECODED = 'the file could not be decoded.';
export const TRAILING_DATA = 'there is other data behind the image.';
export const SECOND_KIND = 'the file is something else besides an image.';
