import type { Email } from './email.ts';
import { AddressNotAllowed, RegistrationClosed } from './errors.ts';

/** Who may register here. Allowed are whole addresses and, written `@example.org`, every address of a domain. */
export class RegistrationPolicy {
  private readonly mode: 'open' | 'allowlist' | 'closed';
  private readonly allowed: ReadonlySet<string>;

  constructor(mode: 'open' | 'allowlist' | 'closed', allowed: readonly string[]) {
    this.mode = mode;
    this.allowed = new Set(allowed.map(entry => entry.toLowerCase()));
  }

  /** @throws {RegistrationClosed} @throws {AddressNotAllowed} */
  admit(email: Email): void {
    if (this.mode === 'closed') throw new RegistrationClosed();
    if (this.mode === 'open') return;
    if (!this.allowed.has(email.value) && !this.allowed.has(`@${email.domain}`))
      throw new AddressNotAllowed();
  }
}
