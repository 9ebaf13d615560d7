import type { DomainEvent } from '../../shared/domain/events.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { Origin } from './audit-entry.ts';
import type { Email } from './email.ts';
import type { RegistrationId } from './ids.ts';
import type { EndReason, SessionId } from './session.ts';

export const registrationStarted = (id: RegistrationId): DomainEvent => ({
  type: 'accounts.registration-started',
  payload: { registration_id: id },
});

/**
 * Somebody wants the verification mail for an address again. Whether anything waits for that address is found out
 * where the mail is written, so that the request does the same work either way.
 */
export const verificationMailWanted = (email: Email): DomainEvent => ({
  type: 'accounts.verification-mail-wanted',
  payload: { email: email.value },
});

/** Likewise: whether an account has the address is found out where the mail is written. */
export const passwordForgotten = (email: Email, origin: Origin | null): DomainEvent => ({
  type: 'accounts.password-forgotten',
  payload: { email: email.value, ip: origin?.ip ?? null, device: origin?.device ?? null },
});

export const passwordChanged = (accountId: AccountId, email: Email): DomainEvent => ({
  type: 'accounts.password-changed',
  payload: { account_id: accountId, email: email.value },
});

export const emailChangeRequested = (accountId: AccountId, from: Email, to: Email): DomainEvent => ({
  type: 'accounts.email-change-requested',
  payload: { account_id: accountId, old_email: from.value, new_email: to.value },
});

export const emailChanged = (accountId: AccountId, from: Email, to: Email): DomainEvent => ({
  type: 'accounts.email-changed',
  payload: { account_id: accountId, old_email: from.value, new_email: to.value },
});

export const refreshTokenReused = (accountId: AccountId, device: string): DomainEvent => ({
  type: 'accounts.refresh-token-reused',
  payload: { account_id: accountId, device },
});

/** The session store must end every session of an account that began before `epoch`, but for the one to keep. */
export const sessionsEnded = (
  accountId: AccountId,
  epoch: number,
  reason: EndReason,
  keep: SessionId | null,
): DomainEvent => ({
  type: 'accounts.sessions-ended',
  payload: { account_id: accountId, epoch, reason, keep },
});
