import type { Clock } from '../../shared/domain/clock.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { Caller } from '../../shared/services/authenticator.ts';
import { newId } from '../../shared/services/new-id.ts';
import type { Account } from '../domain/account.ts';
import { AuditEntry, type Origin } from '../domain/audit-entry.ts';
import type { Email } from '../domain/email.ts';
import { AccountNotFound, LinkNotValid } from '../domain/errors.ts';
import { passwordForgotten } from '../domain/events.ts';
import type { MailTicket } from '../domain/mail-ticket.ts';
import type { Profile } from '../domain/profile.ts';
import type { SessionId } from '../domain/session.ts';
import type { AccountsWork, AccountsWorkFactory } from './accounts-work.ts';
import type { AttemptLimits } from './attempt-limits.ts';
import type { PasswordConfirmation } from './password-confirmation.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { PasswordRules } from './password-rules.ts';
import type { SessionEnder } from './session-ender.ts';
import type { MailTokens } from './tokens.ts';

/** Forgotten, reset and changed passwords. */
export class PasswordService {
  readonly #confirmation: PasswordConfirmation;
  readonly #rules: PasswordRules;
  readonly #hasher: PasswordHasher;
  readonly #limits: AttemptLimits;
  readonly #mailTokens: MailTokens;
  readonly #work: AccountsWorkFactory;
  readonly #ender: SessionEnder;
  readonly #clock: Clock;

  constructor(
    confirmation: PasswordConfirmation,
    rules: PasswordRules,
    hasher: PasswordHasher,
    limits: AttemptLimits,
    mailTokens: MailTokens,
    work: AccountsWorkFactory,
    ender: SessionEnder,
    clock: Clock,
  ) {
    this.#confirmation = confirmation;
    this.#rules = rules;
    this.#hasher = hasher;
    this.#limits = limits;
    this.#mailTokens = mailTokens;
    this.#work = work;
    this.#ender = ender;
    this.#clock = clock;
  }

  /** Mails a link to whoever has an account with this address. Nothing tells whether somebody does. */
  async forget(email: Email, origin: Origin): Promise<void> {
    await this.#limits.spend('mail-request-per-ip', origin.ip);
    await using work = await this.#work.begin();
    work.raise(passwordForgotten(email, origin));
    await work.commit();
  }

  /** @throws {LinkNotValid} @throws {InvalidFields} when the new password is refused; the link stays good. */
  async reset(token: string, password: string, origin: Origin): Promise<void> {
    await this.#limits.spend('mail-token-per-ip', origin.ip);
    const tokenHash = this.#mailTokens.hashOf(token);
    const { account: before, profile } = await this.#ownerBehind(tokenHash);
    const hash = await this.#accept(password, before, profile, 'password');

    await using work = await this.#work.begin();
    const { account, ticket } = await this.#find(work, tokenHash);
    ticket.use(this.#clock.now());
    await this.#replace(work, account, hash, null);
    account.proveEmail(this.#clock.now());
    work.audit.add(this.#entry('password_reset', account.id, origin));
    await work.commit();
    await this.#ender.tryEndBefore(account.id, account.epoch, 'password_changed', null);
  }

  /** Ends the person's other sessions. @throws {InvalidFields} */
  async change(caller: Caller, current: string, wanted: string, origin: Origin): Promise<void> {
    await this.#confirmation.require(caller.accountId, current, 'current_password');
    const { account: before, profile } = await this.#owner(caller.accountId);
    const hash = await this.#accept(wanted, before, profile, 'new_password');

    const keep = caller.sessionId as SessionId;
    await using work = await this.#work.begin();
    const account = await work.accounts.byId(caller.accountId);
    if (!account) throw new AccountNotFound();
    await this.#replace(work, account, hash, keep);
    work.audit.add(this.#entry('password_changed', account.id, origin));
    await work.commit();
    await this.#ender.tryEndBefore(account.id, account.epoch, 'password_changed', keep);
  }

  async #accept(password: string, account: Account, profile: Profile, field: string): Promise<string> {
    const owner = { email: account.email, username: profile.username.value };
    const accepted = await this.#rules.accept(password, owner, field);
    return await this.#hasher.hash(accepted.value);
  }

  // What was asked for under the old password is settled too: a reset link would undo the new one, and a change of
  // address may have been somebody else's wish.
  async #replace(work: AccountsWork, account: Account, hash: string, keep: SessionId | null): Promise<void> {
    const now = this.#clock.now();
    account.changePassword(hash, now, keep);
    for (const purpose of ['reset-password', 'confirm-email'] as const)
      for (const ticket of await work.tickets.openFor(account.id, purpose)) ticket.replace(now);
  }

  async #owner(accountId: AccountId): Promise<{ account: Account; profile: Profile }> {
    await using work = await this.#work.begin();
    return await ownerOf(work, accountId);
  }

  async #ownerBehind(tokenHash: string): Promise<{ account: Account; profile: Profile }> {
    await using work = await this.#work.begin();
    const { account, ticket } = await this.#find(work, tokenHash);
    if (!ticket.isOpen(this.#clock.now())) throw new LinkNotValid();
    return await ownerOf(work, account.id);
  }

  async #find(work: AccountsWork, tokenHash: string): Promise<{ account: Account; ticket: MailTicket }> {
    const ticket = await work.tickets.byTokenHash('reset-password', tokenHash);
    const account = ticket && (await work.accounts.byId(ticket.subject as AccountId));
    // The link was sent to an address; it is worth nothing once the account has another one.
    if (!ticket || !account?.email.equals(ticket.address)) throw new LinkNotValid();
    return { account, ticket };
  }

  #entry(kind: 'password_reset' | 'password_changed', accountId: AccountId, origin: Origin): AuditEntry {
    return AuditEntry.of(newId(), kind, { accountId, origin }, this.#clock.now());
  }
}

const ownerOf = async (
  work: AccountsWork,
  accountId: AccountId,
): Promise<{ account: Account; profile: Profile }> => {
  const account = await work.accounts.byId(accountId);
  const profile = await work.profiles.byId(accountId);
  if (!account || !profile) throw new AccountNotFound();
  return { account, profile };
};
