import type { Clock } from '../../shared/domain/clock.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import { newId } from '../../shared/services/new-id.ts';
import { Account } from '../domain/account.ts';
import { AuditEntry, type Origin } from '../domain/audit-entry.ts';
import type { Email } from '../domain/email.ts';
import { AccountNotFound, EmailTaken, InvalidCredentials, LinkNotValid } from '../domain/errors.ts';
import { verificationMailWanted } from '../domain/events.ts';
import type { RegistrationId } from '../domain/ids.ts';
import { Profile } from '../domain/profile.ts';
import type { RegistrationPolicy } from '../domain/registration-policy.ts';
import { Registration } from '../domain/registration.ts';
import { TimeZone } from '../domain/time-zone.ts';
import { UsernameClaim } from '../domain/username-claim.ts';
import type { Username } from '../domain/username.ts';
import type { AccountQueries, Member } from './account-queries.ts';
import type { AccountsWork, AccountsWorkFactory } from './accounts-work.ts';
import type { AttemptLimits } from './attempt-limits.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { PasswordRules } from './password-rules.ts';
import type { MailTokens } from './tokens.ts';

export interface RegistrationRequest {
  readonly email: Email;
  readonly password: string;
  readonly username: Username;
  readonly timeZone: TimeZone | undefined;
}

type Opening = Pick<Registration, 'email' | 'username' | 'passwordHash' | 'timeZone'>;

/** How an account comes to be: registered, verified, opened. */
export class RegistrationService {
  readonly #policy: RegistrationPolicy;
  readonly #rules: PasswordRules;
  readonly #hasher: PasswordHasher;
  readonly #limits: AttemptLimits;
  readonly #mailTokens: MailTokens;
  readonly #work: AccountsWorkFactory;
  readonly #queries: AccountQueries;
  readonly #clock: Clock;

  constructor(
    policy: RegistrationPolicy,
    rules: PasswordRules,
    hasher: PasswordHasher,
    limits: AttemptLimits,
    mailTokens: MailTokens,
    work: AccountsWorkFactory,
    queries: AccountQueries,
    clock: Clock,
  ) {
    this.#policy = policy;
    this.#rules = rules;
    this.#hasher = hasher;
    this.#limits = limits;
    this.#mailTokens = mailTokens;
    this.#work = work;
    this.#queries = queries;
    this.#clock = clock;
  }

  /**
   * Starts an attempt that waits for its address to be verified. It does the same for an address that has an account;
   * only the mail differs.
   * @throws {UsernameTaken} @throws {RegistrationClosed} @throws {AddressNotAllowed} @throws {InvalidFields}
   */
  async register(request: RegistrationRequest, origin: Origin): Promise<void> {
    const facts = await this.#admit(request, origin);
    const now = this.#clock.now();
    const registration = Registration.start(newId(), facts, now);
    await using work = await this.#work.begin();
    const claim = await work.usernames.hold(request.username);
    claim?.reserveAgain(request.email, registration.expiresAt, now);
    if (!claim)
      work.usernames.add(UsernameClaim.reserve(request.username, request.email, registration.expiresAt));
    work.registrations.add(registration);
    work.audit.add(AuditEntry.of(newId(), 'registered', { accountId: null, origin }, now));
    await work.commit();
  }

  /**
   * Opens an account at once, where addresses are not verified.
   * @throws {UsernameTaken} @throws {EmailTaken} and as `register`.
   */
  async registerUnverified(request: RegistrationRequest, origin: Origin): Promise<Member> {
    const facts = await this.#admit(request, origin);
    await using work = await this.#work.begin();
    const accountId = await this.#open(work, facts, { kind: 'registered', origin });
    await work.commit();
    return await this.#member(accountId);
  }

  /**
   * Opens an account without asking its mailbox: for the command line, where whoever types it answers for the
   * address, whatever the site's policy.
   * @throws {UsernameTaken} @throws {EmailTaken} @throws {InvalidFields}
   */
  async openVouched(request: RegistrationRequest): Promise<Member> {
    const facts = await this.#hashed(request);
    await using work = await this.#work.begin();
    const accountId = await this.#open(work, facts, { kind: 'verified', origin: null });
    await work.commit();
    return await this.#member(accountId);
  }

  /**
   * Opens the account that an attempt stands for. The link proves the address; the password proves that whoever
   * opens the link is the one who registered.
   * @returns `opened` is false when this link has done its work before.
   * @throws {LinkNotValid} @throws {InvalidCredentials} @throws {EmailTaken} when another attempt was first.
   */
  async verify(
    token: string,
    password: string,
    origin: Origin,
  ): Promise<{ member: Member; opened: boolean }> {
    await this.#limits.spend('mail-token-per-ip', origin.ip);
    const tokenHash = this.#mailTokens.hashOf(token);
    // The hash is checked outside the transaction: it takes longer than anything may hold a connection.
    const { passwordHash } = await this.#registrationBehind(tokenHash);
    const { matches } = await this.#hasher.verify(password, passwordHash);
    if (!matches) throw new InvalidCredentials();

    const { accountId, opened } = await this.#useLink(tokenHash, origin);
    return { member: await this.#member(accountId), opened };
  }

  /** Sends the verification mail of the newest attempt again, if there is one. Nothing tells whether there is. */
  async resend(email: Email, origin: Origin): Promise<void> {
    await this.#limits.spend('mail-request-per-ip', origin.ip);
    await using work = await this.#work.begin();
    work.raise(verificationMailWanted(email));
    await work.commit();
  }

  async #admit(request: RegistrationRequest, origin: Origin): Promise<Opening> {
    await this.#limits.spend('register-per-ip', origin.ip);
    this.#policy.admit(request.email);
    return await this.#hashed(request);
  }

  async #hashed(request: RegistrationRequest): Promise<Opening> {
    const { email, username } = request;
    const password = await this.#rules.accept(
      request.password,
      { email, username: username.value },
      'password',
    );
    const passwordHash = await this.#hasher.hash(password.value);
    return { email, username, passwordHash, timeZone: request.timeZone ?? TimeZone.utc };
  }

  async #open(
    work: AccountsWork,
    { email, username, passwordHash, timeZone }: Opening,
    { kind, origin }: { kind: 'registered' | 'verified'; origin: Origin | null },
  ): Promise<AccountId> {
    const now = this.#clock.now();
    const accountId = newId<'AccountId'>();
    // Asked before the name is: who sent the form twice must not hear that their own name is somebody else's.
    if (await work.accounts.byEmail(email)) throw new EmailTaken();
    const claim = await work.usernames.hold(username);
    claim?.settle(accountId, email, now);
    if (!claim) work.usernames.add(UsernameClaim.held(username, accountId));
    work.accounts.add(
      Account.open(accountId, { email, emailVerified: kind === 'verified', passwordHash }, now),
    );
    work.profiles.add(Profile.create(accountId, username, timeZone, now));
    work.audit.add(AuditEntry.of(newId(), kind, { accountId, origin }, now));
    return accountId;
  }

  async #useLink(tokenHash: string, origin: Origin): Promise<{ accountId: AccountId; opened: boolean }> {
    await using work = await this.#work.begin();
    const { ticket, registration } = await find(work, tokenHash);
    if (registration.accountId !== null) return { accountId: registration.accountId, opened: false };
    ticket.use(this.#clock.now());
    const accountId = await this.#open(work, registration, { kind: 'verified', origin });
    registration.becomeAccount(accountId);
    await work.commit();
    return { accountId, opened: true };
  }

  async #registrationBehind(tokenHash: string): Promise<Registration> {
    await using work = await this.#work.begin();
    const { ticket, registration } = await find(work, tokenHash);
    if (!ticket.isOpen(this.#clock.now()) && !ticket.wasUsed) throw new LinkNotValid();
    return registration;
  }

  async #member(accountId: AccountId): Promise<Member> {
    const member = await this.#queries.member(accountId);
    if (!member) throw new AccountNotFound();
    return member;
  }
}

const find = async (work: AccountsWork, tokenHash: string) => {
  const ticket = await work.tickets.byTokenHash('verify-address', tokenHash);
  const registration = ticket && (await work.registrations.byId(ticket.subject as RegistrationId));
  if (!ticket || !registration) throw new LinkNotValid();
  return { ticket, registration };
};
