import type { Clock } from '../../shared/domain/clock.ts';
import { DomainError } from '../../shared/domain/domain-error.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import { newId } from '../../shared/services/new-id.ts';
import { AuditEntry, type AuditKind, type Origin } from '../domain/audit-entry.ts';
import { Email } from '../domain/email.ts';
import { InvalidCredentials } from '../domain/errors.ts';
import type { AccountQueries, Credentials, Member } from './account-queries.ts';
import type { AccountsWorkFactory } from './accounts-work.ts';
import type { AttemptLimits } from './attempt-limits.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { KnownDevices } from './known-devices.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { SessionStarter } from './session-starter.ts';
import type { SessionTokens } from './session-tokens.ts';

export interface LoginRequest {
  readonly email: string;
  readonly password: string;
  readonly origin: Origin;
  /** The browser's cookie that says which accounts have logged in from it before. */
  readonly deviceCookie: string | undefined;
  /** The refresh token of the session that this login takes the place of, if there is one. */
  readonly replaced: string | undefined;
}

export interface LoggedIn {
  readonly tokens: SessionTokens;
  readonly member: Member;
  readonly deviceCookie: string;
}

/**
 * Logs in with a mail address and a password. Whatever the reason for a refusal, it does the same work, answers the
 * same and takes the same time.
 */
export class LoginService {
  readonly #queries: AccountQueries;
  readonly #hasher: PasswordHasher;
  readonly #limits: AttemptLimits;
  readonly #devices: KnownDevices;
  readonly #starter: SessionStarter;
  readonly #audit: AuditTrail;
  readonly #work: AccountsWorkFactory;
  readonly #clock: Clock;

  constructor(
    queries: AccountQueries,
    hasher: PasswordHasher,
    limits: AttemptLimits,
    devices: KnownDevices,
    starter: SessionStarter,
    audit: AuditTrail,
    work: AccountsWorkFactory,
    clock: Clock,
  ) {
    this.#queries = queries;
    this.#hasher = hasher;
    this.#limits = limits;
    this.#devices = devices;
    this.#starter = starter;
    this.#audit = audit;
    this.#work = work;
    this.#clock = clock;
  }

  /** @throws {InvalidCredentials} @throws {TooManyAttempts} */
  async logIn(request: LoginRequest): Promise<LoggedIn> {
    const { origin, password } = request;
    await this.#limits.spend('login-per-ip', origin.ip);
    const address = canonical(request.email);
    const credentials = await this.#queries.credentialsByEmail(address);
    const device = this.#devices.recognise(request.deviceCookie, credentials?.accountId ?? '');
    await this.#limits.guess(address, device);

    const stale = await this.#check(credentials, password);
    const started =
      credentials && stale !== null ? await this.#starter.start(credentials, origin, request.replaced) : null;
    if (!credentials || !started) {
      await this.#note('login_failed', credentials?.accountId ?? null, origin);
      throw new InvalidCredentials();
    }

    await this.#limits.forgive(address, device);
    if (stale) await this.#rehash(credentials, password);
    await this.#note('login_succeeded', credentials.accountId, origin);
    return { ...started, deviceCookie: this.#devices.issue(credentials.accountId, request.deviceCookie) };
  }

  /** Whether the stored hash is stale, or null when the password is wrong. */
  async #check(credentials: Credentials | null, password: string): Promise<boolean | null> {
    if (!credentials) {
      await this.#hasher.verifyNothing(password);
      return null;
    }
    const { matches, stale } = await this.#hasher.verify(password, credentials.passwordHash);
    return matches ? stale : null;
  }

  // The password is at hand only now. If another login is doing the same, either result is as good.
  async #rehash(credentials: Credentials, password: string): Promise<void> {
    const hash = await this.#hasher.hash(password);
    await using work = await this.#work.begin();
    const account = await work.accounts.byId(credentials.accountId);
    if (account?.passwordHash !== credentials.passwordHash) return;
    account.rehashPassword(hash);
    try {
      await work.commit();
    } catch (error) {
      if (!(error instanceof DomainError && error.kind === 'conflict')) throw error;
    }
  }

  async #note(kind: AuditKind, accountId: AccountId | null, origin: Origin): Promise<void> {
    await this.#audit.append(AuditEntry.of(newId(), kind, { accountId, origin }, this.#clock.now()));
  }
}

/** What is no address belongs to no account: refused like any other, after the same work. */
const canonical = (text: string): string => {
  try {
    return Email.of(text).value;
  } catch {
    return text.slice(0, 254);
  }
};
