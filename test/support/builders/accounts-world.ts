import { HmacMailTokens } from '../../../src/accounts/data/hmac-mail-tokens.ts';
import { HmacRefreshTokens } from '../../../src/accounts/data/hmac-refresh-tokens.ts';
import { InMemorySessionRepository } from '../../../src/accounts/data/in-memory-session-repository.ts';
import { Email } from '../../../src/accounts/domain/email.ts';
import { RegistrationPolicy } from '../../../src/accounts/domain/registration-policy.ts';
import type { Session, SessionLifetimes } from '../../../src/accounts/domain/session.ts';
import { Username } from '../../../src/accounts/domain/username.ts';
import { AccessService } from '../../../src/accounts/services/access-service.ts';
import { accountEventHandlers } from '../../../src/accounts/services/account-event-handlers.ts';
import { MailLinks } from '../../../src/accounts/services/account-mail-texts.ts';
import { AccountMails } from '../../../src/accounts/services/account-mails.ts';
import { AccountService } from '../../../src/accounts/services/account-service.ts';
import { AdminService } from '../../../src/accounts/services/admin-service.ts';
import { EmailService } from '../../../src/accounts/services/email-service.ts';
import { LiveSessions } from '../../../src/accounts/services/live-sessions.ts';
import { type LoggedIn, LoginService } from '../../../src/accounts/services/login-service.ts';
import { OverdueSessions } from '../../../src/accounts/services/overdue-sessions.ts';
import { PasswordConfirmation } from '../../../src/accounts/services/password-confirmation.ts';
import { PasswordRules } from '../../../src/accounts/services/password-rules.ts';
import { PasswordService } from '../../../src/accounts/services/password-service.ts';
import { RefreshService } from '../../../src/accounts/services/refresh-service.ts';
import { RegistrationService } from '../../../src/accounts/services/registration-service.ts';
import { SessionEnder } from '../../../src/accounts/services/session-ender.ts';
import { SessionService } from '../../../src/accounts/services/session-service.ts';
import { SessionStarter } from '../../../src/accounts/services/session-starter.ts';
import { SessionTokenIssuer } from '../../../src/accounts/services/session-tokens.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import type { Caller } from '../../../src/shared/services/authenticator.ts';
import type { DeliveredEvent } from '../../../src/shared/services/event-handler.ts';
import { newId } from '../../../src/shared/services/new-id.ts';
import type { PersonalData } from '../../../src/shared/services/personal-data.ts';
import { AccountsStore } from '../fakes/accounts-store.ts';
import {
  FakeAccessTokens,
  FakeAccountQueries,
  FakeAttemptLimits,
  FakeAuditTrail,
  FakeKnownDevices,
  FakePasswordHasher,
  KeptMails,
} from '../fakes/accounts-ports.ts';
import { FailingSessions } from '../fakes/failing-sessions.ts';
import { FakeAccountsWork } from '../fakes/fake-accounts-work.ts';
import { MovableClock } from '../fakes/movable-clock.ts';
import { anOrigin } from './accounts.ts';

const SECRETS = ['a secret that nobody knows, of thirty-two characters'];

export const worldLifetimes: SessionLifetimes = {
  grace: 10,
  recovery: 86_400,
  idle: 14 * 86_400,
  absolute: 90 * 86_400,
};

export const PASSWORD = 'correct horse battery staple';
export const ANOTHER_PASSWORD = 'analytical engine no. 1843';

export interface WorldOptions {
  readonly policy?: RegistrationPolicy;
  readonly breached?: readonly string[];
  readonly signatureOnlyReads?: boolean;
  readonly personalData?: readonly PersonalData[];
}

/** All services of accounts over fakes of their ports. What a test reaches for is here; the rest is as in the product. */
export const aWorld = (options: WorldOptions = {}) => {
  const clock = new MovableClock();
  const store = new AccountsStore();
  const work = FakeAccountsWork.over(store);
  const queries = new FakeAccountQueries(store);
  const audit = new FakeAuditTrail(store);
  const sessions = new FailingSessions(new InMemorySessionRepository(clock, worldLifetimes));
  const hasher = new FakePasswordHasher();
  const limits = new FakeAttemptLimits();
  const mails = new KeptMails();
  const devices = new FakeKnownDevices();
  const mailTokens = new HmacMailTokens(SECRETS);
  const refreshTokens = new HmacRefreshTokens(SECRETS);
  const accessTokens = new FakeAccessTokens(clock);
  const refreshes: string[] = [];

  const live = new LiveSessions(clock);
  const ender = new SessionEnder(sessions, live, clock);
  const issuer = new SessionTokenIssuer(accessTokens, refreshTokens, worldLifetimes, clock);
  const starter = new SessionStarter(sessions, ender, refreshTokens, issuer, queries, clock);
  const common = { includes: (text: string) => text === 'letmeinplease' };
  const breached = { includes: (text: string) => Promise.resolve(options.breached?.includes(text) ?? false) };
  const rules = new PasswordRules(12, common, breached);
  const confirmation = new PasswordConfirmation(queries, hasher, limits);
  const accessRules = { lifetimes: worldLifetimes, signatureOnlyReads: options.signatureOnlyReads ?? false };
  const policy = options.policy ?? new RegistrationPolicy('open', []);
  const writer = new AccountMails(
    work,
    mails,
    new MailLinks('https://example.org'),
    mailTokens,
    limits,
    clock,
  );

  const services = {
    access: new AccessService(accessTokens, sessions, live, clock, accessRules),
    accounts: new AccountService(queries, confirmation, work, ender, options.personalData ?? [], clock),
    admin: new AdminService(queries, work, ender, clock),
    emails: new EmailService(confirmation, limits, mailTokens, work, ender, clock),
    logins: new LoginService(queries, hasher, limits, devices, starter, audit, work, clock),
    passwords: new PasswordService(confirmation, rules, hasher, limits, mailTokens, work, ender, clock),
    refreshes: new RefreshService(
      ...([sessions, refreshTokens, issuer, queries, work, clock, worldLifetimes] as const),
      outcome => refreshes.push(outcome),
    ),
    registrations: new RegistrationService(policy, rules, hasher, limits, mailTokens, work, queries, clock),
    sessions: new SessionService(
      ...([sessions, ender, refreshTokens, accessTokens, work, audit, clock, worldLifetimes] as const),
    ),
    starter,
    ender,
    rules,
  };

  const handlers = accountEventHandlers(writer, ender, new OverdueSessions(sessions, queries, ender));
  const delivered: DeliveredEvent[] = [];
  const hand = async (event: DeliveredEvent): Promise<void> => {
    for (const handler of handlers) if (handler.eventType === event.type) await handler.handle(event);
  };

  /** Hands every waiting event to its handlers. What fails waits on, under the same id. */
  const deliver = async (): Promise<void> => {
    const waiting = store.events.splice(0);
    for (const event of waiting)
      delivered.push({ ...event, id: newId(), occurredAt: clock.now(), attempt: 1 });
    for (const event of delivered.slice(delivered.length - waiting.length)) await hand(event);
  };
  /** Hands everything that was ever delivered again. */
  const deliverAgain = async (): Promise<void> => {
    for (const event of [...delivered]) await hand({ ...event, attempt: 2 });
  };

  const tokenIn = (address: string, page: string): string => {
    const link = mails
      .to(address)
      .map(mail => new RegExp(`/${page}#token=([A-Za-z0-9_-]+)`).exec(mail.text)?.[1])
      .findLast(token => token !== undefined);
    if (link === undefined) throw new Error(`${address} got no link to ${page}.`);
    return link;
  };

  const request = (email: string, username: string, password = PASSWORD) => ({
    email: Email.of(email),
    username: Username.of(username),
    password,
    timeZone: undefined,
  });

  /** A person with an open, verified account. */
  const person = async (name = 'ada', password = PASSWORD): Promise<AccountId> => {
    const { account } = await services.registrations.openVouched(
      request(`${name}@example.org`, name, password),
    );
    return account.id;
  };

  const logIn = (
    name = 'ada',
    { password = PASSWORD, device, replaced }: { password?: string; device?: string; replaced?: string } = {},
  ): Promise<LoggedIn> =>
    services.logins.logIn({
      email: `${name}@example.org`,
      password,
      origin: anOrigin,
      deviceCookie: device,
      replaced,
    });

  const callerOf = (login: LoggedIn): Promise<Caller> =>
    services.access.authenticate(login.tokens.accessToken, { readOnly: false });

  const trail = (accountId: AccountId | null): string[] =>
    store
      .all('audit')
      .filter(entry => entry.accountId === accountId)
      .map(entry => entry.kind);

  const liveSessions = (accountId: AccountId): Promise<readonly Session[]> => sessions.ofAccount(accountId);

  return {
    ...services,
    ...{
      clock,
      store,
      work,
      queries,
      sessionStore: sessions,
      hasher,
      limits,
      mails,
      refreshOutcomes: refreshes,
    },
    ...{ live, accessTokens, refreshTokens, mailTokens, writer },
    ...{ deliver, deliverAgain, tokenIn, request, person, logIn, callerOf, trail, liveSessions },
  };
};

export type World = ReturnType<typeof aWorld>;

/** The code of the refusal, or of the first refused field; fails when there is none. */
export const refusal = async (answer: Promise<unknown>): Promise<string> => {
  const error = await answer.then(
    () => {
      throw new Error('It was not refused.');
    },
    (reason: unknown) => reason,
  );
  const { code, errors } = error as { code?: string; errors?: readonly { code: string; pointer: string }[] };
  const [field] = errors ?? [];
  if (field) return `${field.pointer} ${field.code}`;
  if (code === undefined) throw error;
  return code;
};
