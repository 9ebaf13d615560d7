import { TooManyAttempts } from '../../../src/shared/domain/domain-error.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import type { Page, PageRequest } from '../../../src/shared/domain/page.ts';
import type { Mail, Mailer } from '../../../src/shared/services/mailer.ts';
import type { AuditEntry } from '../../../src/accounts/domain/audit-entry.ts';
import { AccessRefused } from '../../../src/accounts/domain/errors.ts';
import type { Session, SessionId } from '../../../src/accounts/domain/session.ts';
import type {
  AccountQueries,
  ActivityRow,
  Credentials,
  Member,
  SessionStanding,
} from '../../../src/accounts/services/account-queries.ts';
import type { AttemptLimits, Limit } from '../../../src/accounts/services/attempt-limits.ts';
import type { AuditTrail } from '../../../src/accounts/services/audit-trail.ts';
import type { KnownDevices } from '../../../src/accounts/services/known-devices.ts';
import type { PasswordHasher } from '../../../src/accounts/services/password-hasher.ts';
import type { AccessClaims, AccessTokens } from '../../../src/accounts/services/tokens.ts';
import type { MovableClock } from './movable-clock.ts';
import type { AccountsStore } from './accounts-store.ts';

/** Keeps the mails it takes, and refuses while it is down. Like a mailbox, it shows a repeated mail once. */
export class KeptMails implements Mailer {
  isDown = false;
  readonly #mails = new Map<string, Mail>();

  send(mail: Mail): Promise<void> {
    if (this.isDown) return Promise.reject(new Error('The mail system is down.'));
    this.#mails.set(`${mail.id} ${mail.to}`, mail);
    return Promise.resolve();
  }

  /** Throws away everything, so that what comes next is seen. */
  empty(): void {
    this.#mails.clear();
  }

  /** Oldest first. */
  to(address: string): readonly Mail[] {
    return [...this.#mails.values()].filter(mail => mail.to === address);
  }
}

/** Hashes in no time. `generation` stands for the parameters: a hash of an earlier one is stale. */
export class FakePasswordHasher implements PasswordHasher {
  generation = 1;
  /** How much hashing was done, whatever for. */
  work = 0;

  hash(password: string): Promise<string> {
    this.work++;
    return Promise.resolve(`hash/${this.generation}/${password}`);
  }

  verify(password: string, stored: string): Promise<{ matches: boolean; stale: boolean }> {
    this.work++;
    const [, generation, ...hashed] = stored.split('/');
    return Promise.resolve({
      matches: hashed.join('/') === password,
      stale: Number(generation) < this.generation,
    });
  }

  verifyNothing(): Promise<void> {
    this.work++;
    return Promise.resolve();
  }
}

/** Allows everything until a test sets an allowance, and tells how many guesses are still held against somebody. */
export class FakeAttemptLimits implements AttemptLimits {
  readonly #allowances = new Map<string, number>();
  readonly #guesses = new Map<string, number>();
  mostGuesses = Infinity;

  /** So many more for this key. */
  allow(limit: Limit, key: string, attempts: number): void {
    this.#allowances.set(`${limit} ${key}`, attempts);
  }

  guessesAt(address: string, knownDevice: string | null): number {
    return this.#guesses.get(`${address} ${knownDevice}`) ?? 0;
  }

  async spend(limit: Limit, key: string): Promise<void> {
    if (!(await this.trySpend(limit, key))) throw new TooManyAttempts(60);
  }

  trySpend(limit: Limit, key: string): Promise<boolean> {
    const left = this.#allowances.get(`${limit} ${key}`) ?? Infinity;
    this.#allowances.set(`${limit} ${key}`, left - 1);
    return Promise.resolve(left > 0);
  }

  guess(address: string, knownDevice: string | null): Promise<void> {
    const made = this.guessesAt(address, knownDevice) + 1;
    if (made > this.mostGuesses) return Promise.reject(new TooManyAttempts(60));
    this.#guesses.set(`${address} ${knownDevice}`, made);
    return Promise.resolve();
  }

  forgive(address: string, knownDevice: string | null): Promise<void> {
    this.#guesses.delete(`${address} ${knownDevice}`);
    return Promise.resolve();
  }
}

/** The cookie is the list of accounts itself. */
export class FakeKnownDevices implements KnownDevices {
  issue(accountId: string, existingCookie = ''): string {
    return [...new Set([accountId, ...existingCookie.split('+').filter(Boolean)])].join('+');
  }

  recognise(cookie: string | undefined, accountId: string): string | null {
    return cookie?.split('+').includes(accountId) ? 'a known device' : null;
  }
}

/** The token is its own claims. */
export class FakeAccessTokens implements AccessTokens {
  readonly lifetimeSeconds = 600;
  readonly #clock: MovableClock;

  constructor(clock: MovableClock) {
    this.#clock = clock;
  }

  sign(session: Session, generation: number): string {
    const expires = this.#clock.now().getTime() + this.lifetimeSeconds * 1_000;
    return JSON.stringify({ accountId: session.accountId, sessionId: session.id, generation, expires });
  }

  verify(token: string): AccessClaims {
    const claims = this.verifyIgnoringExpiry(token);
    if (!claims) throw new AccessRefused('token_invalid');
    const { expires } = JSON.parse(token) as { expires: number };
    if (this.#clock.now().getTime() >= expires) throw new AccessRefused('token_expired');
    return claims;
  }

  verifyIgnoringExpiry(token: string): AccessClaims | null {
    if (!token.startsWith('{')) return null;
    const { accountId, sessionId, generation } = JSON.parse(token) as AccessClaims;
    return { accountId, sessionId, generation };
  }
}

export class FakeAuditTrail implements AuditTrail {
  readonly #store: AccountsStore;

  constructor(store: AccountsStore) {
    this.#store = store;
  }

  append(entry: AuditEntry): Promise<void> {
    this.#store.apply([{ table: 'audit', key: entry.id, aggregate: entry, version: null }], []);
    return Promise.resolve();
  }
}

/** Reads what is committed. */
export class FakeAccountQueries implements AccountQueries {
  readonly #store: AccountsStore;

  constructor(store: AccountsStore) {
    this.#store = store;
  }

  credentialsByEmail(email: string): Promise<Credentials | null> {
    return Promise.resolve(this.#credentials().find(each => each.email === email) ?? null);
  }

  credentialsById(accountId: AccountId): Promise<Credentials | null> {
    return Promise.resolve(this.#credentials().find(each => each.accountId === accountId) ?? null);
  }

  member(accountId: AccountId): Promise<Member | null> {
    return Promise.resolve(this.#members().find(each => each.account.id === accountId) ?? null);
  }

  memberOfSession({ id, accountId, epoch }: SessionStanding): Promise<Member | null> {
    const account = this.#store.all('accounts').find(each => each.id === accountId);
    const wasEnded = this.#store.all('audit').some(entry => entry.endedSession === id);
    const goesOn = account && (account.epoch <= epoch || account.keptSession === id) && !wasEnded;
    return goesOn && account.standing === 'active' ? this.member(accountId) : Promise.resolve(null);
  }

  async sessionsOver(sessions: readonly SessionStanding[]): Promise<ReadonlySet<SessionId>> {
    const members = await Promise.all(sessions.map(session => this.memberOfSession(session)));
    return new Set(sessions.filter((_session, index) => members[index] === null).map(({ id }) => id));
  }

  activity(accountId: AccountId, page: PageRequest): Promise<Page<ActivityRow>> {
    const all = this.#store.all('audit').filter(entry => entry.accountId === accountId);
    return Promise.resolve(pageOf(all.toReversed(), page));
  }

  members(search: string | null, page: PageRequest): Promise<Page<Member>> {
    const found = this.#members().filter(
      ({ account, user }) =>
        search === null ||
        [account.email, user.username.toLowerCase()].some(text => text.includes(search.toLowerCase())),
    );
    return Promise.resolve(pageOf(found.toReversed(), page));
  }

  #credentials(): Credentials[] {
    return this.#store.all('accounts').map(({ id, email, passwordHash, role, standing, epoch }) => ({
      accountId: id,
      email: email.value,
      ...{ passwordHash, role, standing, epoch },
    }));
  }

  #members(): Member[] {
    const profiles = new Map(this.#store.all('profiles').map(profile => [profile.id, profile]));
    return this.#store.all('accounts').flatMap(account => {
      const profile = profiles.get(account.id);
      if (!profile) return [];
      const { id, role, standing, epoch, createdAt, updatedAt } = account;
      const { location, bio } = profile;
      return {
        account: {
          ...{ id, role, standing, epoch, createdAt, updatedAt },
          email: account.email.value,
          verified: account.emailVerified,
        },
        user: {
          ...{ id, location, bio },
          username: profile.username.value,
          links: profile.links.map(link => link.value),
          timeZone: profile.timeZone.value,
          dayStart: profile.dayStart.value,
          createdAt: profile.createdAt,
        },
      };
    });
  }
}

const pageOf = <Item>(all: readonly Item[], { page, limit }: PageRequest): Page<Item> => ({
  total: all.length,
  items: all.slice((page - 1) * limit, page * limit),
});
