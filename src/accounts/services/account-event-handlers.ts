import { DATABASE_RESTORED } from '../../shared/domain/events.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { DeliveredEvent, EventHandler } from '../../shared/services/event-handler.ts';
import type { EndReason, SessionId } from '../domain/session.ts';
import type { AccountMails } from './account-mails.ts';
import type { OverdueSessions } from './overdue-sessions.ts';
import type { SessionEnder } from './session-ender.ts';

interface MailHandler {
  readonly eventType: string;
  readonly name: string;
  readonly write: (mails: AccountMails, event: DeliveredEvent) => Promise<void>;
}

const mail = (eventType: string, name: string, write: MailHandler['write']): MailHandler => ({
  eventType,
  name,
  write,
});

/** Which events write to people. A restore must know it where nothing is wired. */
export const accountMailHandlers: readonly MailHandler[] = [
  mail('accounts.registration-started', 'accounts.mail-verification', (mails, event) =>
    mails.onRegistrationStarted(event),
  ),
  mail('accounts.verification-mail-wanted', 'accounts.mail-verification-again', (mails, event) =>
    mails.onVerificationMailWanted(event),
  ),
  mail('accounts.password-forgotten', 'accounts.mail-reset', (mails, event) =>
    mails.onPasswordForgotten(event),
  ),
  mail('accounts.password-changed', 'accounts.mail-password-changed', (mails, event) =>
    mails.onPasswordChanged(event),
  ),
  mail('accounts.email-change-requested', 'accounts.mail-email-confirmation', (mails, event) =>
    mails.onEmailChangeRequested(event),
  ),
  mail('accounts.email-change-requested', 'accounts.mail-email-announcement', (mails, event) =>
    mails.onEmailChangeAnnounced(withOwnId(event)),
  ),
  mail('accounts.email-changed', 'accounts.mail-email-changed', (mails, event) =>
    mails.onEmailChanged(event),
  ),
  mail('accounts.refresh-token-reused', 'accounts.mail-refresh-reused', (mails, event) =>
    mails.onRefreshTokenReused(event),
  ),
  mail('accounts.account-closed', 'accounts.mail-account-closed', (mails, event) =>
    mails.onAccountClosed(event),
  ),
];

/** What accounts itself does when its events are delivered. */
export const accountEventHandlers = (
  mails: AccountMails,
  ender: SessionEnder,
  overdue: OverdueSessions,
): readonly EventHandler[] => [
  ...accountMailHandlers.map(({ eventType, name, write }) => ({
    eventType,
    name,
    reachesPeople: true as const,
    handle: (event: DeliveredEvent) => write(mails, event),
  })),
  {
    eventType: 'accounts.sessions-ended',
    name: 'accounts.end-sessions',
    handle: event => endSessions(ender, event),
  },
  {
    eventType: DATABASE_RESTORED,
    name: 'accounts.end-overdue-sessions',
    handle: () => overdue.end('database_restored'),
  },
];

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
