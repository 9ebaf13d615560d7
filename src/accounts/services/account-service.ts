import type { Clock } from '../../shared/domain/clock.ts';
import type { JsonValue } from '../../shared/domain/events.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { Page, PageRequest } from '../../shared/domain/page.ts';
import type { Caller } from '../../shared/services/authenticator.ts';
import { newId } from '../../shared/services/new-id.ts';
import type { PersonalData } from '../../shared/services/personal-data.ts';
import { AuditEntry, type Origin } from '../domain/audit-entry.ts';
import type { DayStart } from '../domain/day-start.ts';
import { AccountNotFound } from '../domain/errors.ts';
import type { ProfileLink } from '../domain/profile-link.ts';
import type { TimeZone } from '../domain/time-zone.ts';
import { UsernameClaim } from '../domain/username-claim.ts';
import type { Username } from '../domain/username.ts';
import type { AccountQueries, ActivityRow, Member } from './account-queries.ts';
import type { AccountsWork, AccountsWorkFactory } from './accounts-work.ts';
import type { PasswordConfirmation } from './password-confirmation.ts';
import type { SessionEnder } from './session-ender.ts';

/** What a person may change about themselves. Absent means: leave it. */
export interface ProfileChange {
  readonly username?: Username | undefined;
  readonly location?: string | undefined;
  readonly bio?: string | undefined;
  readonly links?: readonly ProfileLink[] | undefined;
  readonly timeZone?: TimeZone | undefined;
  readonly dayStart?: DayStart | undefined;
}

/** A person's own account, and what others see of them. */
export class AccountService {
  readonly #queries: AccountQueries;
  readonly #confirmation: PasswordConfirmation;
  readonly #work: AccountsWorkFactory;
  readonly #ender: SessionEnder;
  readonly #personalData: readonly PersonalData[];
  readonly #clock: Clock;

  constructor(
    queries: AccountQueries,
    confirmation: PasswordConfirmation,
    work: AccountsWorkFactory,
    ender: SessionEnder,
    personalData: readonly PersonalData[],
    clock: Clock,
  ) {
    this.#queries = queries;
    this.#confirmation = confirmation;
    this.#work = work;
    this.#ender = ender;
    this.#personalData = personalData;
    this.#clock = clock;
  }

  async member(accountId: AccountId): Promise<Member> {
    const member = await this.#queries.member(accountId);
    if (!member) throw new AccountNotFound();
    return member;
  }

  async activity(accountId: AccountId, page: PageRequest): Promise<Page<ActivityRow>> {
    return await this.#queries.activity(accountId, page);
  }

  /** @throws {UsernameTaken} @throws {InvalidFields} */
  async changeProfile(accountId: AccountId, change: ProfileChange, origin: Origin): Promise<Member> {
    await using work = await this.#work.begin();
    const profile = await work.profiles.byId(accountId);
    if (!profile) throw new AccountNotFound();
    const now = this.#clock.now();
    if (change.username && change.username.value !== profile.username.value) {
      await this.#moveClaim(work, accountId, profile.username, change.username);
      profile.rename(change.username, now);
      work.audit.add(AuditEntry.of(newId(), 'username_changed', { accountId, origin }, now));
    }
    if (change.location !== undefined) profile.moveTo(change.location, now);
    if (change.bio !== undefined) profile.describe(change.bio, now);
    if (change.links !== undefined) profile.linkTo(change.links, now);
    if (change.timeZone !== undefined) profile.liveIn(change.timeZone, now);
    if (change.dayStart !== undefined) profile.beginDaysAt(change.dayStart, now);
    await work.commit();
    return await this.member(accountId);
  }

  /** Everything personal that any context keeps. */
  async export(accountId: AccountId, origin: Origin): Promise<Readonly<Record<string, JsonValue>>> {
    const parts: Record<string, JsonValue> = {};
    for (const source of this.#personalData) Object.assign(parts, await source.of(accountId));
    await using work = await this.#work.begin();
    work.audit.add(AuditEntry.of(newId(), 'data_exported', { accountId, origin }, this.#clock.now()));
    await work.commit();
    return parts;
  }

  /**
   * Closes the account for good. Its address and name are free again; its audit entries stay but lead to nobody; the
   * other contexts drop what is theirs when the event reaches them.
   */
  async close(caller: Caller, password: string): Promise<void> {
    await this.#confirmation.require(caller.accountId, password, 'password');
    await using work = await this.#work.begin();
    const account = await work.accounts.byId(caller.accountId);
    if (!account) throw new AccountNotFound();
    account.close(this.#clock.now());
    work.accounts.remove(account);
    await work.registrations.removeAllFor(account.email, account.id);
    await work.tickets.removeAllFor(account.id);
    await work.audit.pseudonymise(account.id);
    const facts = { accountId: account.id, origin: null };
    work.audit.add(AuditEntry.of(newId(), 'account_closed', facts, this.#clock.now()));
    await work.commit();
    await this.#ender.tryEndBefore(account.id, account.epoch, 'account_closed', null);
  }

  // In the order of the names, so that two people who swap theirs do not wait for each other.
  async #moveClaim(work: AccountsWork, accountId: AccountId, from: Username, to: Username): Promise<void> {
    if (from.key === to.key) return;
    const claims = new Map<string, UsernameClaim | null>();
    for (const name of [from, to].toSorted((a, b) => (a.key < b.key ? -1 : 1)))
      claims.set(name.key, await work.usernames.hold(name));
    const account = await work.accounts.byId(accountId);
    if (!account) throw new AccountNotFound();
    const wanted = claims.get(to.key);
    wanted?.settle(accountId, account.email, this.#clock.now());
    if (!wanted) work.usernames.add(UsernameClaim.held(to, accountId));
    const former = claims.get(from.key);
    if (former?.accountId === accountId) work.usernames.remove(former);
  }
}
