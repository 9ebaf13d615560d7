import { DomainError } from '../../shared/domain/domain-error.ts';

const LOCAL_PART = /^[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const DOMAIN = /^[\p{L}\p{N}\p{M}-]+(\.[\p{L}\p{N}\p{M}-]+)+$/u;
const ASCII_DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

const octets = (text: string): number => new TextEncoder().encode(text).length;

/**
 * A mail address in its one canonical form, which is also the form that is stored and written to: trimmed, NFC,
 * lower-case, the domain as punycode. Plus-tags and dots are part of the address.
 * Quoted local parts, comments and address literals (RFC 5321) are refused: nobody's mailbox needs them, and they
 * are how addresses smuggle headers.
 */
export class Email {
  readonly value: string;

  private constructor(value: string) {
    this.value = value;
  }

  /** What was checked when it was stored is not checked again, so that a stricter rule locks nobody out. */
  static stored(value: string): Email {
    return new Email(value);
  }

  /** @throws {InvalidEmail} */
  static of(text: string): Email {
    const trimmed = text.trim().normalize('NFC');
    const at = trimmed.lastIndexOf('@');
    const local = trimmed.slice(0, at).toLowerCase().normalize('NFC');
    const domain = asciiDomain(trimmed.slice(at + 1));
    if (at < 1 || domain === null || !LOCAL_PART.test(local) || octets(local) > 64) throw new InvalidEmail();
    const value = `${local}@${domain}`;
    if (octets(value) > 254) throw new InvalidEmail();
    return new Email(value);
  }

  get localPart(): string {
    return this.value.slice(0, this.value.lastIndexOf('@'));
  }

  get domain(): string {
    return this.value.slice(this.value.lastIndexOf('@') + 1);
  }

  equals(other: Email): boolean {
    return this.value === other.value;
  }
}

// The URL parser applies UTS #46; the shape is checked before, because it also decodes percent signs and numbers.
const asciiDomain = (domain: string): string | null => {
  if (!DOMAIN.test(domain)) return null;
  const ascii = URL.parse(`http://${domain}/`)?.hostname ?? '';
  return ASCII_DOMAIN.test(ascii) ? ascii : null;
};

export class InvalidEmail extends DomainError {
  constructor() {
    super('invalid', 'invalid_email', 'This is not a mail address.');
  }
}
