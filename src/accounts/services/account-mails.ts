import type { Clock } from '../../shared/domain/clock.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { DeliveredEvent } from '../../shared/services/event-handler.ts';
import type { Mail, Mailer } from '../../shared/services/mailer.ts';
import { newId } from '../../shared/services/new-id.ts';
import type { Account } from '../domain/account.ts';
import { AuditEntry } from '../domain/audit-entry.ts';
import { Email } from '../domain/email.ts';
import type { RegistrationId } from '../domain/ids.ts';
import { type MailPurpose, MailTicket } from '../domain/mail-ticket.ts';
import type { Registration } from '../domain/registration.ts';
import * as texts from './account-mail-texts.ts';
import type { AccountsWork, AccountsWorkFactory } from './accounts-work.ts';
import type { AttemptLimits } from './attempt-limits.ts';
import type { MailTokens } from './tokens.ts';

type Text = Pick<Mail, 'subject' | 'text' | 'html'>;

/**
 * Writes the mails that events ask for. Each method may be called again with the same event: it then sends the same
 * mail with the same link, or nothing when a newer one has taken its place.
 */
export class AccountMails {
  readonly #work: AccountsWorkFactory;
  readonly #mailer: Mailer;
  readonly #links: texts.MailLinks;
  readonly #tokens: MailTokens;
  readonly #limits: AttemptLimits;
  readonly #clock: Clock;

  constructor(
    work: AccountsWorkFactory,
    mailer: Mailer,
    links: texts.MailLinks,
    tokens: MailTokens,
    limits: AttemptLimits,
    clock: Clock,
  ) {
    this.#work = work;
    this.#mailer = mailer;
    this.#links = links;
    this.#tokens = tokens;
    this.#limits = limits;
    this.#clock = clock;
  }

  async onRegistrationStarted(event: DeliveredEvent): Promise<void> {
    const id = text(event, 'registration_id') as RegistrationId;
    await this.#mailRegistration(event, work => work.registrations.byId(id));
  }

  async onVerificationMailWanted(event: DeliveredEvent): Promise<void> {
    const email = address(event, 'email');
    await this.#mailRegistration(event, work => work.registrations.newestOpenFor(email, this.#clock.now()));
  }

  async onPasswordForgotten(event: DeliveredEvent): Promise<void> {
    const email = address(event, 'email');
    const account = await this.#inUnit(work => work.accounts.byEmail(email));
    if (account?.standing !== 'active') return;
    const { ip, device } = event.payload;
    const origin = typeof ip === 'string' && typeof device === 'string' ? { ip, device } : null;
    const facts = { accountId: account.id, origin };
    const entry = AuditEntry.of(newId(), 'password_reset_requested', facts, event.occurredAt);
    const token = await this.#issue(event, 'reset-password', account.id, email, entry);
    if (token !== null)
      await this.#send(event, email, texts.resetPassword(this.#links.to('reset-password', token)));
  }

  async onPasswordChanged(event: DeliveredEvent): Promise<void> {
    const mail = texts.passwordWasChanged(this.#links.to('reset-password'));
    await this.#send(event, address(event, 'email'), mail);
  }

  /** To the new mailbox: the link that makes the change. */
  async onEmailChangeRequested(event: DeliveredEvent): Promise<void> {
    const email = address(event, 'new_email');
    const account = await this.#accountOf(event);
    const holder = await this.#inUnit(work => work.accounts.byEmail(email));
    if (!account || holder?.id === account.id) return;
    if (holder) {
      if (await this.#mayWriteTo(event, email)) await this.#send(event, email, texts.addressInUse());
      return;
    }
    const token = await this.#issue(event, 'confirm-email', account.id, email);
    if (token !== null)
      await this.#send(event, email, texts.confirmEmail(this.#links.to('confirm-email', token)));
  }

  /** To the old mailbox: what is about to happen, and the link that undoes it. */
  async onEmailChangeAnnounced(event: DeliveredEvent): Promise<void> {
    const email = address(event, 'old_email');
    const account = await this.#accountOf(event);
    if (!account) return;
    const token = await this.#issue(event, 'undo-email', account.id, email);
    if (token === null) return;
    const mail = texts.emailChangeAsked(text(event, 'new_email'), this.#links.to('undo-email', token));
    await this.#send(event, email, mail);
  }

  async onEmailChanged(event: DeliveredEvent): Promise<void> {
    await this.#send(event, address(event, 'old_email'), texts.emailWasChanged(text(event, 'new_email')));
  }

  async onRefreshTokenReused(event: DeliveredEvent): Promise<void> {
    const account = await this.#accountOf(event);
    if (!account) return;
    const mail = texts.refreshWasReused(text(event, 'device'), this.#links.to('reset-password'));
    await this.#send(event, account.email, mail);
  }

  async onAccountClosed(event: DeliveredEvent): Promise<void> {
    await this.#send(event, address(event, 'email'), texts.accountWasClosed());
  }

  async #mailRegistration(
    event: DeliveredEvent,
    find: (work: AccountsWork) => Promise<Registration | null>,
  ): Promise<void> {
    const registration = await this.#inUnit(find);
    if (!registration?.isOpen(this.#clock.now())) return;
    const { id, email } = registration;
    if (await this.#inUnit(work => work.accounts.byEmail(email))) {
      if (!(await this.#mayWriteTo(event, email))) return;
      const mail = texts.accountExists(this.#links.to('reset-password'));
      await this.#send(event, email, mail);
      return;
    }
    const token = await this.#issue(event, 'verify-address', id, email);
    if (token !== null) await this.#send(event, email, texts.verifyAddress(this.#links.to('verify', token)));
  }

  /**
   * The token of this event's ticket, which takes the place of older ones. Null when it must not be sent: a newer one
   * has taken its place, or the address has had enough mails.
   */
  async #issue(
    event: DeliveredEvent,
    purpose: MailPurpose,
    subject: string,
    email: Email,
    entry?: AuditEntry,
  ): Promise<string | null> {
    const now = this.#clock.now();
    const id = this.#tokens.ticketIdFor(event.id, purpose);
    const token = this.#tokens.tokenFor(id, purpose, email.value);
    const known = await this.#inUnit(work => work.tickets.byId(id));
    if (known) return known.isOpen(now) ? token : null;
    if (!(await this.#mayWriteTo(event, email))) return null;
    await this.#inUnit(async work => {
      for (const open of await work.tickets.openFor(subject, purpose))
        // A thief who changes the address twice must not take the first mailbox's way back.
        if (purpose !== 'undo-email' || open.address.equals(email)) open.replace(now);
      const facts = { subject, address: email, tokenHash: this.#tokens.hashOf(token) };
      await work.tickets.add(MailTicket.issue(id, purpose, facts, now));
      if (entry) work.audit.add(entry);
    });
    return token;
  }

  async #accountOf(event: DeliveredEvent): Promise<Account | null> {
    return await this.#inUnit(work => work.accounts.byId(text(event, 'account_id') as AccountId));
  }

  // Only the first attempt counts: a mail that an outage holds up must not use up its own allowance.
  async #mayWriteTo(event: DeliveredEvent, email: Email): Promise<boolean> {
    return event.attempt > 1 || (await this.#limits.trySpend('mail-per-address', email.value));
  }

  async #inUnit<Result>(task: (work: AccountsWork) => Promise<Result>): Promise<Result> {
    await using work = await this.#work.begin();
    const result = await task(work);
    await work.commit();
    return result;
  }

  async #send(event: DeliveredEvent, to: Email, mail: Text): Promise<void> {
    await this.#mailer.send({ id: event.id, to: to.value, ...mail });
  }
}

const text = (event: DeliveredEvent, name: string): string => {
  const value = event.payload[name];
  if (typeof value !== 'string') throw new Error(`The event ${event.type} has no ${name}.`);
  return value;
};

const address = (event: DeliveredEvent, name: string): Email => Email.stored(text(event, name));
