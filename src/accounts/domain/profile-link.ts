import { webAddress } from '../../shared/domain/web-address.ts';
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
    const address = webAddress(text, 300);
    if (address === null) throw new InvalidLink();
    return new ProfileLink(address);
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
