import type { Clock } from '../../shared/domain/clock.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { Caller } from '../../shared/services/authenticator.ts';
import { newId } from '../../shared/services/new-id.ts';
import type { Account } from '../domain/account.ts';
import { AuditEntry, type AuditKind, type Origin } from '../domain/audit-entry.ts';
import type { Email } from '../domain/email.ts';
import { AccountNotFound, LinkNotValid } from '../domain/errors.ts';
import { emailChangeRequested, passwordForgotten } from '../domain/events.ts';
import type { MailPurpose, MailTicket } from '../domain/mail-ticket.ts';
import type { AccountsWork, AccountsWorkFactory } from './accounts-work.ts';
import type { AttemptLimits } from './attempt-limits.ts';
import type { PasswordConfirmation } from './password-confirmation.ts';
import type { SessionEnder } from './session-ender.ts';
import type { MailTokens } from './tokens.ts';

/** How an account moves to another mail address, and back when its owner did not want that. */
export class EmailService {
  readonly #confirmation: PasswordConfirmation;
  readonly #limits: AttemptLimits;
  readonly #mailTokens: MailTokens;
  readonly #work: AccountsWorkFactory;
  readonly #ender: SessionEnder;
  readonly #clock: Clock;

  constructor(
    confirmation: PasswordConfirmation,
    limits: AttemptLimits,
    mailTokens: MailTokens,
    work: AccountsWorkFactory,
    ender: SessionEnder,
    clock: Clock,
  ) {
    this.#confirmation = confirmation;
    this.#limits = limits;
    this.#mailTokens = mailTokens;
    this.#work = work;
    this.#ender = ender;
    this.#clock = clock;
  }

  /**
   * Mails a link to the new address, which makes the change, and one to the old address, which undoes it. Whether the
   * new address has an account is not told.
   */
  async requestChange(caller: Caller, email: Email, password: string, origin: Origin): Promise<void> {
    await this.#limits.spend('mail-request-per-ip', origin.ip);
    await this.#confirmation.require(caller.accountId, password, 'password');
    await using work = await this.#work.begin();
    const account = await work.accounts.byId(caller.accountId);
    if (!account) throw new AccountNotFound();
    work.raise(emailChangeRequested(account.id, account.email, email));
    work.audit.add(this.#entry('email_change_requested', account, origin));
    await work.commit();
  }

  /** @throws {LinkNotValid} @throws {EmailTaken} */
  async confirm(token: string, origin: Origin): Promise<void> {
    await this.#limits.spend('mail-token-per-ip', origin.ip);
    await using work = await this.#work.begin();
    const { account, ticket } = await this.#find(work, 'confirm-email', token);
    const now = this.#clock.now();
    ticket.use(now);
    account.changeEmail(ticket.address, now);
    work.audit.add(this.#entry('email_changed', account, origin));
    await work.commit();
  }

  /**
   * Takes the account back to the address that the link was sent to, and stops every change that is still open. If
   * the change had been made, somebody else may be signed in and know the password: every session ends, and a link to
   * set a new password goes to the restored address.
   * @throws {LinkNotValid} @throws {EmailTaken} when the address has gone to another account since.
   */
  async undo(token: string, origin: Origin): Promise<void> {
    await this.#limits.spend('mail-token-per-ip', origin.ip);
    await using work = await this.#work.begin();
    const { account, ticket } = await this.#find(work, 'undo-email', token);
    const now = this.#clock.now();
    ticket.use(now);
    for (const purpose of ['confirm-email', 'undo-email'] as const)
      for (const open of await work.tickets.openFor(account.id, purpose)) open.replace(now);
    const wasChanged = !account.email.equals(ticket.address);
    if (wasChanged) {
      account.changeEmail(ticket.address, now);
      account.endSessions('email_restored', now);
      work.raise(passwordForgotten(ticket.address, null));
    }
    work.audit.add(this.#entry('email_restored', account, origin));
    await work.commit();
    if (wasChanged) await this.#ender.tryEndBefore(account.id, account.epoch, 'email_restored', null);
  }

  async #find(
    work: AccountsWork,
    purpose: MailPurpose,
    token: string,
  ): Promise<{ account: Account; ticket: MailTicket }> {
    const ticket = await work.tickets.byTokenHash(purpose, this.#mailTokens.hashOf(token));
    const account = ticket && (await work.accounts.byId(ticket.subject as AccountId));
    if (!account) throw new LinkNotValid();
    return { account, ticket };
  }

  #entry(kind: AuditKind, account: Account, origin: Origin): AuditEntry {
    return AuditEntry.of(newId(), kind, { accountId: account.id, origin }, this.#clock.now());
  }
}
