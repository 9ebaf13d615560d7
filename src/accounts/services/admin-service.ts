import type { Clock } from '../../shared/domain/clock.ts';
import type { JsonValue } from '../../shared/domain/events.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { Page, PageRequest } from '../../shared/domain/page.ts';
import { newId } from '../../shared/services/new-id.ts';
import type { Account, Role } from '../domain/account.ts';
import { AuditEntry, type AuditKind } from '../domain/audit-entry.ts';
import type { Email } from '../domain/email.ts';
import { AccountNotFound } from '../domain/errors.ts';
import { passwordForgotten } from '../domain/events.ts';
import type { EndReason } from '../domain/session.ts';
import type { AccountQueries, Member } from './account-queries.ts';
import type { AccountsWorkFactory } from './accounts-work.ts';
import type { SessionEnder } from './session-ender.ts';

/** What an admin does to somebody's account. `by` is the admin's account id, or `command line`. */
export class AdminService {
  readonly #queries: AccountQueries;
  readonly #work: AccountsWorkFactory;
  readonly #ender: SessionEnder;
  readonly #clock: Clock;

  constructor(queries: AccountQueries, work: AccountsWorkFactory, ender: SessionEnder, clock: Clock) {
    this.#queries = queries;
    this.#work = work;
    this.#ender = ender;
    this.#clock = clock;
  }

  async list(search: string | null, page: PageRequest): Promise<Page<Member>> {
    return await this.#queries.members(search, page);
  }

  /** @throws {AccountNotFound} */
  async idOf(email: Email): Promise<AccountId> {
    const credentials = await this.#queries.credentialsByEmail(email.value);
    if (!credentials) throw new AccountNotFound();
    return credentials.accountId;
  }

  /** @throws {AccountNotFound} @throws {AlreadyBanned} */
  async ban(id: AccountId, by: string): Promise<void> {
    await this.#change(id, 'account_banned', { by }, 'account_banned', (account, now) => account.ban(now));
  }

  /** @throws {AccountNotFound} @throws {NotBanned} */
  async unban(id: AccountId, by: string): Promise<void> {
    await this.#change(id, 'account_unbanned', { by }, null, (account, now) => account.unban(now));
  }

  /** @throws {AccountNotFound} */
  async endSessions(id: AccountId, by: string): Promise<void> {
    await this.#change(id, 'all_sessions_ended', { by }, 'ended_by_admin', (account, now) =>
      account.endSessions('ended_by_admin', now),
    );
  }

  /** Mails the person a reset link: an admin starts a reset but never chooses a password (ASVS 6.4.6). */
  async startReset(id: AccountId): Promise<void> {
    await using work = await this.#work.begin();
    const account = await work.accounts.byId(id);
    if (!account) throw new AccountNotFound();
    work.raise(passwordForgotten(account.email, null));
    await work.commit();
  }

  /** @throws {AccountNotFound} */
  async giveRole(id: AccountId, role: Role, by: string): Promise<void> {
    await this.#change(id, 'role_changed', { by, role }, 'role_changed', (account, now) =>
      account.takeRole(role, now),
    );
  }

  async #change(
    id: AccountId,
    kind: AuditKind,
    details: Readonly<Record<string, JsonValue>>,
    ends: EndReason | null,
    change: (account: Account, now: Date) => void,
  ): Promise<void> {
    await using work = await this.#work.begin();
    const account = await work.accounts.byId(id);
    if (!account) throw new AccountNotFound();
    const now = this.#clock.now();
    change(account, now);
    work.audit.add(AuditEntry.of(newId(), kind, { accountId: id, origin: null, details }, now));
    await work.commit();
    if (ends) await this.#ender.tryEndBefore(id, account.epoch, ends, null);
  }
}
