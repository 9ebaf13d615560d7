import { Email } from './email.ts';
import { AddressNotAllowed, RegistrationClosed } from './errors.ts';

/** Who may register here. Allowed are whole addresses and, written `@example.org`, every address of a domain. */
export class RegistrationPolicy {
  private readonly mode: 'open' | 'allowlist' | 'closed';
  private readonly allowed: ReadonlySet<string>;

  /** @throws {InvalidEmail} for an entry that no address could match. */
  constructor(mode: 'open' | 'allowlist' | 'closed', allowed: readonly string[]) {
    this.mode = mode;
    this.allowed = new Set(allowed.map(canonicalEntry));
  }

  /** @throws {RegistrationClosed} @throws {AddressNotAllowed} */
  admit(email: Email): void {
    if (this.mode === 'closed') throw new RegistrationClosed();
    if (this.mode === 'open') return;
    if (!this.allowed.has(email.value) && !this.allowed.has(`@${email.domain}`))
      throw new AddressNotAllowed();
  }
}

// Written as people write addresses, compared as they are stored.
const canonicalEntry = (entry: string): string => {
  const text = entry.trim();
  return text.startsWith('@') ? `@${Email.of(`anybody${text}`).domain}` : Email.of(text).value;
};
