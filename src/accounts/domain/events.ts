import type { DomainEvent } from '../../shared/domain/events.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { Email } from './email.ts';
import type { RegistrationId } from './ids.ts';
import type { EndReason, SessionId } from './session.ts';

export const registrationStarted = (id: RegistrationId): DomainEvent => ({
  type: 'accounts.registration-started',
  payload: { registration_id: id },
});

/** The address is as asked for; whether an account has it is found out where the mail is written. */
export const passwordForgotten = (email: Email): DomainEvent => ({
  type: 'accounts.password-forgotten',
  payload: { email: email.value },
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
