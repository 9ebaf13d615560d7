import type { AccountId } from '../../shared/domain/identity.ts';
import type { MailTicketId } from '../domain/ids.ts';
import type { Session, SessionId } from '../domain/session.ts';

/** What an access token says; RFC 9068 with the session (`sid`) and the generation of its refresh token (`gen`). */
export interface AccessClaims {
  readonly accountId: AccountId;
  readonly sessionId: SessionId;
  readonly generation: number;
}

export interface AccessTokens {
  readonly lifetimeSeconds: number;

  /** A signed token for the session's current state. */
  sign(session: Session, generation: number): string;

  /** @throws {AccessRefused} `token_invalid` or `token_expired`. */
  verify(token: string): AccessClaims;

  /** The claims of a genuine token even when it has expired, for logging out; null when it is not ours. */
  verifyIgnoringExpiry(token: string): AccessClaims | null;
}

/** A refresh token taken apart. Nothing of it is trusted before `isGenuine` said so. */
export interface PresentedRefreshToken {
  readonly sessionId: SessionId;
  readonly generation: number;
  readonly mac: string;
}

/**
 * Refresh tokens are computed, never stored: `version.session id.generation.MAC`. The key of the MAC comes from a
 * server secret and the session's own salt, so that neither the store nor the environment alone is enough, and every
 * tab that races gets the same successor.
 */
export interface RefreshTokens {
  issue(session: Session, generation: number): string;
  /** Null when the text is not of the form. */
  read(token: string): PresentedRefreshToken | null;
  isGenuine(presented: PresentedRefreshToken, session: Session): boolean;
  newSessionId(): SessionId;
  newSalt(): string;
}

/** The secret part of the link in a mail: 256 bits, computed again whenever the mail has to be sent again. */
export interface MailTokens {
  /** The same event and purpose always make the same ticket, so that a repeated delivery sends the same link. */
  ticketIdFor(eventId: string, purpose: string): MailTicketId;
  tokenFor(ticketId: string, purpose: string, address: string): string;
  /** What is stored: the SHA-256. */
  hashOf(token: string): string;
}
