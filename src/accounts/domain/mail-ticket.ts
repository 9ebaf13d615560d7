import type { Email } from './email.ts';
import { LinkNotValid } from './errors.ts';
import type { MailTicketId } from './ids.ts';

export type MailPurpose = 'verify-address' | 'reset-password' | 'confirm-email' | 'undo-email';

const HOUR_MS = 60 * 60 * 1000;

const LIFETIMES_MS: Record<MailPurpose, number> = {
  'verify-address': 24 * HOUR_MS,
  'reset-password': HOUR_MS,
  'confirm-email': 24 * HOUR_MS,
  // The old mailbox must have the longer breath: its owner may be away while somebody else acts.
  'undo-email': 7 * 24 * HOUR_MS,
};

/**
 * What the link in a mail stands for. The link's token is not here: only its SHA-256, so that nothing stored can be
 * used. It counts once, for one purpose and one address, and the next ticket for the same subject replaces it.
 */
export class MailTicket {
  readonly id: MailTicketId;
  private readonly _purpose: MailPurpose;
  /** What it is about: a registration or an account. */
  private readonly _subject: string;
  private readonly _address: Email;
  private readonly _tokenHash: string;
  private readonly _expiresAt: Date;
  private _closedAt: Date | null;
  private _wasUsed: boolean;

  private constructor(
    id: MailTicketId,
    purpose: MailPurpose,
    subject: string,
    address: Email,
    tokenHash: string,
    expiresAt: Date,
  ) {
    this.id = id;
    this._purpose = purpose;
    this._subject = subject;
    this._address = address;
    this._tokenHash = tokenHash;
    this._expiresAt = expiresAt;
    this._closedAt = null;
    this._wasUsed = false;
  }

  static issue(
    id: MailTicketId,
    purpose: MailPurpose,
    facts: { subject: string; address: Email; tokenHash: string },
    now: Date,
  ): MailTicket {
    const expiresAt = new Date(now.getTime() + LIFETIMES_MS[purpose]);
    return new MailTicket(id, purpose, facts.subject, facts.address, facts.tokenHash, expiresAt);
  }

  get purpose(): MailPurpose {
    return this._purpose;
  }

  get subject(): string {
    return this._subject;
  }

  get address(): Email {
    return this._address;
  }

  get tokenHash(): string {
    return this._tokenHash;
  }

  get expiresAt(): Date {
    return this._expiresAt;
  }

  get wasUsed(): boolean {
    return this._wasUsed;
  }

  isOpen(now: Date): boolean {
    return this._closedAt === null && now < this._expiresAt;
  }

  /** @throws {LinkNotValid} when it was used or replaced, or has expired. */
  use(now: Date): void {
    if (!this.isOpen(now)) throw new LinkNotValid();
    this._closedAt = now;
    this._wasUsed = true;
  }

  /** A newer ticket takes its place, or what it was for is settled otherwise. */
  replace(now: Date): void {
    this._closedAt ??= now;
  }
}
