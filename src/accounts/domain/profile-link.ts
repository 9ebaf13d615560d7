import { DomainError } from '../../shared/domain/domain-error.ts';

/** A link on a public profile: http or https only, never with credentials inside. */
export class ProfileLink {
  readonly value: string;

  private constructor(value: string) {
    this.value = value;
  }

  /** What was checked when it was stored is not checked again, so that a stricter rule locks nobody out. */
  static stored(value: string): ProfileLink {
    return new ProfileLink(value);
  }

  /** @throws {InvalidLink} */
  static of(text: string): ProfileLink {
    const url = URL.parse(text.trim());
    const isPlain =
      url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
    if (!isPlain || url.href.length > 300) throw new InvalidLink();
    return new ProfileLink(url.href);
  }
}

export class InvalidLink extends DomainError {
  constructor() {
    super(
      'invalid',
      'invalid_link',
      'A link begins with http:// or https:// and has at most 300 characters.',
    );
  }
}
