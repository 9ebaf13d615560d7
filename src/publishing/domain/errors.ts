import { DomainError } from '../../shared/domain/domain-error.ts';

export class ArticleNotFound extends DomainError {
  constructor() {
    super('not-found', 'article_not_found', 'There is no such article.');
  }
}

/** Everybody may read it, so it cannot be said not to be there. */
export class NotYourArticle extends DomainError {
  constructor() {
    super('forbidden', 'not_permitted', 'Only its author may change an article.');
  }
}

/** Another article took the slug first. Whoever claims one tries the next number. */
export class SlugTaken extends DomainError {
  constructor() {
    super('conflict', 'slug_taken', 'Another article has this slug.');
  }
}

export class BlankTitle extends DomainError {
  constructor() {
    super('invalid', 'blank_title', 'A title needs at least one character that can be seen.');
  }
}

export class InvalidTag extends DomainError {
  constructor() {
    super('invalid', 'invalid_tag', 'A tag has 1 to 40 letters, digits or hyphens.');
  }
}

export class TooManyTags extends DomainError {
  constructor(most: number) {
    super('invalid', 'too_many_tags', `At most ${most} tags.`);
  }
}

export class InvalidImageAddress extends DomainError {
  constructor() {
    super(
      'invalid',
      'invalid_image_address',
      'An image address begins with http:// or https:// and has at most 500 characters.',
    );
  }
}

/** Rendering was stopped: the text is built to take very long. */
export class BodyTooComplex extends DomainError {
  constructor() {
    super('invalid', 'body_too_complex', 'This text takes too long to render.');
  }
}

export class ImageNotFound extends DomainError {
  constructor() {
    super('not-found', 'image_not_found', 'There is no such image.');
  }
}

export class NoFiles extends DomainError {
  constructor() {
    super('invalid', 'no_files', 'Send at least one image file.');
  }
}

/** What a file turned out to be is decided by decoding it. `name` is what the client called it. */
export class NotAnImage extends DomainError {
  constructor(name: string, reason: string) {
    super('invalid', 'not_an_image', `${name}: ${reason}`);
  }
}

export class ImageTooManyPixels extends DomainError {
  constructor(name: string, mostMegapixels: number) {
    super('invalid', 'too_many_pixels', `${name}: an image may have at most ${mostMegapixels} megapixels.`);
  }
}

export class QuotaExceeded extends DomainError {
  constructor() {
    super('conflict', 'quota_exceeded', 'Your images take up all the room there is for an account.');
  }
}

/** The account was closed or banned while the request was under way. */
export class AuthorGone extends DomainError {
  constructor() {
    super('forbidden', 'session_revoked', 'The access token is not usable.');
  }
}
