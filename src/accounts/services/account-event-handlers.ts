import type { AccountId } from '../../shared/domain/identity.ts';
import type { DeliveredEvent, EventHandler } from '../../shared/services/event-handler.ts';
import type { EndReason, SessionId } from '../domain/session.ts';
import type { AccountMails } from './account-mails.ts';
import type { SessionEnder } from './session-ender.ts';

/** What accounts itself does when its events are delivered. */
export const accountEventHandlers = (mails: AccountMails, ender: SessionEnder): readonly EventHandler[] => [
  on('accounts.registration-started', 'accounts.mail-verification', event =>
    mails.onRegistrationStarted(event),
  ),
  on('accounts.verification-mail-wanted', 'accounts.mail-verification-again', event =>
    mails.onVerificationMailWanted(event),
  ),
  on('accounts.password-forgotten', 'accounts.mail-reset', event => mails.onPasswordForgotten(event)),
  on('accounts.password-changed', 'accounts.mail-password-changed', event => mails.onPasswordChanged(event)),
  on('accounts.email-change-requested', 'accounts.mail-email-confirmation', event =>
    mails.onEmailChangeRequested(event),
  ),
  on('accounts.email-change-requested', 'accounts.mail-email-announcement', event =>
    mails.onEmailChangeAnnounced(withOwnId(event)),
  ),
  on('accounts.email-changed', 'accounts.mail-email-changed', event => mails.onEmailChanged(event)),
  on('accounts.refresh-token-reused', 'accounts.mail-refresh-reused', event =>
    mails.onRefreshTokenReused(event),
  ),
  on('accounts.account-closed', 'accounts.mail-account-closed', event => mails.onAccountClosed(event)),
  on('accounts.sessions-ended', 'accounts.end-sessions', event => endSessions(ender, event)),
];

const on = (eventType: string, name: string, handle: EventHandler['handle']): EventHandler => ({
  name,
  eventType,
  handle,
});

// Two mails come of one event, and a mailbox takes mails with the same id for one.
const withOwnId = (event: DeliveredEvent): DeliveredEvent => ({ ...event, id: `${event.id}.announcement` });

const endSessions = async (ender: SessionEnder, event: DeliveredEvent): Promise<void> => {
  const { account_id, epoch, reason, keep } = event.payload;
  await ender.endBefore(
    account_id as AccountId,
    Number(epoch),
    reason as EndReason,
    keep as SessionId | null,
  );
};
