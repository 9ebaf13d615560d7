import { ContainerModule } from 'inversify';
import { Counter } from 'prom-client';
import { construct } from '../construct.ts';
import {
  AUTHENTICATOR,
  CLOCK,
  CONFIGURATION,
  EVENT_HANDLERS,
  HOUSEKEEPING,
  LIMITERS,
  LOGGER,
  MAILER,
  METRICS,
  PAGES,
  PEOPLE,
  PERSONAL_DATA,
  PUBLIC_PAGE_PARTS,
  REDIS,
  ROUTES,
  SQL,
  UNIT_OF_WORK_GROUND,
} from '../tokens.ts';
import {
  ALL_PERSONAL_DATA,
  ALL_PUBLIC_PAGE_PARTS,
  LIFETIMES,
  SESSIONS,
  WORK,
  QUERIES,
  AUDIT,
  HASHER,
  LIMITS,
  DEVICES,
  ACCESS_TOKENS,
  REFRESH_TOKENS,
  MAIL_TOKENS,
} from './tokens.ts';
import { Argon2PasswordHasher } from './data/argon2-password-hasher.ts';
import { NoBreachedPasswords, RangeApiBreachedPasswords } from './data/breached-passwords.ts';
import { CountedAttemptLimits } from './data/counted-attempt-limits.ts';
import { HmacMailTokens } from './data/hmac-mail-tokens.ts';
import { HmacRefreshTokens } from './data/hmac-refresh-tokens.ts';
import { JwtAccessTokens } from './data/jwt-access-tokens.ts';
import { MikroAccountsWork } from './data/mikro-accounts-work.ts';
import { sessionStore } from './data/session-store.ts';
import { ShippedCommonPasswords } from './data/shipped-common-passwords.ts';
import { SignedKnownDevices } from './data/signed-known-devices.ts';
import { SigningKeys } from './data/signing-keys.ts';
import { SqlAccountQueries } from './data/sql-account-queries.ts';
import { SqlAccountsHousekeeping } from './data/sql-accounts-housekeeping.ts';
import { SqlAuditTrail } from './data/sql-audit-trail.ts';
import { UnlimitedAttempts } from './data/unlimited-attempts.ts';
import { RegistrationPolicy } from './domain/registration-policy.ts';
import { SqlPeople } from '../shared/data/sql-people.ts';
import { AccountController } from './presentation/account-controller.ts';
import { AccountsExport } from './presentation/accounts-export.ts';
import { AdminController } from './presentation/admin-controller.ts';
import { EmailController } from './presentation/email-controller.ts';
import { KeysController } from './presentation/keys-controller.ts';
import { accountPages } from './presentation/pages/account-pages.ts';
import { PasswordController } from './presentation/password-controller.ts';
import { PublicPageController } from './presentation/public-page-controller.ts';
import { RegistrationController } from './presentation/registration-controller.ts';
import { SessionController } from './presentation/session-controller.ts';
import { SessionCookies } from './presentation/session-cookies.ts';
import { AccessService } from './services/access-service.ts';
import { accountEventHandlers } from './services/account-event-handlers.ts';
import { MailLinks } from './services/account-mail-texts.ts';
import { AccountMails } from './services/account-mails.ts';
import { AccountService } from './services/account-service.ts';
import { AdminService } from './services/admin-service.ts';
import { EmailService } from './services/email-service.ts';
import { LiveSessions } from './services/live-sessions.ts';
import { LoginService } from './services/login-service.ts';
import { OverdueSessions } from './services/overdue-sessions.ts';
import { PasswordConfirmation } from './services/password-confirmation.ts';
import { PasswordRules } from './services/password-rules.ts';
import { PasswordService } from './services/password-service.ts';
import { RefreshService } from './services/refresh-service.ts';
import { RegistrationService } from './services/registration-service.ts';
import { SessionEnder } from './services/session-ender.ts';
import { SessionService } from './services/session-service.ts';
import { SessionStarter } from './services/session-starter.ts';
import { SessionTokenIssuer } from './services/session-tokens.ts';

/** Everything that accounts brings into the container. */
export const accountsModule = new ContainerModule(({ bind }) => {
  bind(LIFETIMES)
    .toResolvedValue(
      configuration => ({
        grace: configuration.refreshGraceSeconds,
        recovery: configuration.refreshRecoverySeconds,
        idle: configuration.sessionIdleSeconds,
        absolute: configuration.sessionAbsoluteSeconds,
      }),
      [CONFIGURATION],
    )
    .inSingletonScope();

  // Ports and their adapters.
  bind(SESSIONS).toResolvedValue(sessionStore, [REDIS, CLOCK, LIFETIMES]).inSingletonScope();
  bind(WORK)
    .toResolvedValue(ground => MikroAccountsWork.over(ground), [UNIT_OF_WORK_GROUND])
    .inSingletonScope();
  construct(bind, QUERIES, SqlAccountQueries, [SQL]);
  construct(bind, AUDIT, SqlAuditTrail, [SQL]);
  bind(HASHER)
    .toResolvedValue(
      ({ passwordPeppers }, logger) =>
        new Argon2PasswordHasher(passwordPeppers, {
          onUnreadable: reason => logger.error({ reason }, 'a stored password hash cannot be read'),
        }),
      [CONFIGURATION, LOGGER],
    )
    .inSingletonScope();
  bind(LIMITS)
    .toResolvedValue(
      ({ sessionSecrets }, limiters) =>
        limiters ? new CountedAttemptLimits(limiters, sessionSecrets) : new UnlimitedAttempts(),
      [CONFIGURATION, LIMITERS],
    )
    .inSingletonScope();
  bind(DEVICES)
    .toResolvedValue(({ sessionSecrets }) => new SignedKnownDevices(sessionSecrets), [CONFIGURATION])
    .inSingletonScope();
  bind(SigningKeys)
    .toResolvedValue(({ signingKeys }) => new SigningKeys(signingKeys), [CONFIGURATION])
    .inSingletonScope();
  bind(ACCESS_TOKENS)
    .toResolvedValue(
      (keys, clock, { publicUrl, accessTokenSeconds }) =>
        new JwtAccessTokens(keys, clock, publicUrl, accessTokenSeconds),
      [SigningKeys, CLOCK, CONFIGURATION],
    )
    .inSingletonScope();
  bind(REFRESH_TOKENS)
    .toResolvedValue(({ sessionSecrets }) => new HmacRefreshTokens(sessionSecrets), [CONFIGURATION])
    .inSingletonScope();
  bind(MAIL_TOKENS)
    .toResolvedValue(({ sessionSecrets }) => new HmacMailTokens(sessionSecrets), [CONFIGURATION])
    .inSingletonScope();

  // Parts that several services share.
  construct(bind, LiveSessions, LiveSessions, [CLOCK]);
  construct(bind, SessionEnder, SessionEnder, [SESSIONS, LiveSessions, CLOCK]);
  construct(bind, OverdueSessions, OverdueSessions, [SESSIONS, QUERIES, SessionEnder]);
  construct(bind, SessionTokenIssuer, SessionTokenIssuer, [ACCESS_TOKENS, REFRESH_TOKENS, LIFETIMES, CLOCK]);
  construct(bind, SessionStarter, SessionStarter, [
    SESSIONS,
    SessionEnder,
    REFRESH_TOKENS,
    SessionTokenIssuer,
    QUERIES,
    CLOCK,
  ]);
  bind(PasswordRules)
    .toResolvedValue(
      ({ passwordMinimumLength, breachedPasswordsUrl }, logger) => {
        const onFailure = (reason: string) =>
          logger.warn({ reason }, 'breached passwords could not be asked');
        const breached =
          breachedPasswordsUrl === undefined
            ? new NoBreachedPasswords()
            : new RangeApiBreachedPasswords(breachedPasswordsUrl, { onFailure });
        return new PasswordRules(passwordMinimumLength, new ShippedCommonPasswords(), breached);
      },
      [CONFIGURATION, LOGGER],
    )
    .inSingletonScope();
  construct(bind, PasswordConfirmation, PasswordConfirmation, [QUERIES, HASHER, LIMITS]);

  // Use cases.
  bind(RegistrationService)
    .toResolvedValue(
      ({ registration, registrationAllowlist }, rules, hasher, limits, tokens, work, queries, clock) => {
        const policy = new RegistrationPolicy(registration, registrationAllowlist);
        return new RegistrationService(policy, rules, hasher, limits, tokens, work, queries, clock);
      },
      [CONFIGURATION, PasswordRules, HASHER, LIMITS, MAIL_TOKENS, WORK, QUERIES, CLOCK],
    )
    .inSingletonScope();
  construct(bind, LoginService, LoginService, [
    QUERIES,
    HASHER,
    LIMITS,
    DEVICES,
    SessionStarter,
    AUDIT,
    WORK,
    CLOCK,
  ]);
  bind(RefreshService)
    .toResolvedValue(
      (sessions, tokens, issuer, queries, work, clock, lifetimes, registry) => {
        const refreshes = new Counter({
          name: 'token_refreshes_total',
          help: 'Refreshes by outcome; refresh_reused means that somebody held a copied token.',
          labelNames: ['outcome'],
          registers: [registry],
        });
        const count = (outcome: string) => refreshes.inc({ outcome });
        return new RefreshService(sessions, tokens, issuer, queries, work, clock, lifetimes, count);
      },
      [SESSIONS, REFRESH_TOKENS, SessionTokenIssuer, QUERIES, WORK, CLOCK, LIFETIMES, METRICS],
    )
    .inSingletonScope();
  construct(bind, SessionService, SessionService, [
    SESSIONS,
    SessionEnder,
    REFRESH_TOKENS,
    ACCESS_TOKENS,
    WORK,
    AUDIT,
    CLOCK,
    LIFETIMES,
  ]);
  construct(bind, PasswordService, PasswordService, [
    PasswordConfirmation,
    PasswordRules,
    HASHER,
    LIMITS,
    MAIL_TOKENS,
    WORK,
    SessionEnder,
    CLOCK,
  ]);
  construct(bind, EmailService, EmailService, [
    PasswordConfirmation,
    LIMITS,
    MAIL_TOKENS,
    WORK,
    SessionEnder,
    CLOCK,
  ]);
  bind(ALL_PERSONAL_DATA)
    .toDynamicValue(context => context.getAll(PERSONAL_DATA))
    .inSingletonScope();
  construct(bind, AccountService, AccountService, [
    QUERIES,
    PasswordConfirmation,
    WORK,
    SessionEnder,
    ALL_PERSONAL_DATA,
    CLOCK,
  ]);
  construct(bind, AdminService, AdminService, [QUERIES, WORK, SessionEnder, CLOCK]);
  bind(AccountMails)
    .toResolvedValue(
      (work, mailer, { webUrl }, tokens, limits, clock) =>
        new AccountMails(work, mailer, new MailLinks(webUrl), tokens, limits, clock),
      [WORK, MAILER, CONFIGURATION, MAIL_TOKENS, LIMITS, CLOCK],
    )
    .inSingletonScope();

  // What the rest of the product gets from accounts.
  construct(bind, PEOPLE, SqlPeople, [SQL]);
  bind(AUTHENTICATOR)
    .toResolvedValue(
      (tokens, sessions, live, clock, lifetimes, { signatureOnlyReads }) =>
        new AccessService(tokens, sessions, live, clock, { lifetimes, signatureOnlyReads }),
      [ACCESS_TOKENS, SESSIONS, LiveSessions, CLOCK, LIFETIMES, CONFIGURATION],
    )
    .inSingletonScope();
  bind(EVENT_HANDLERS)
    .toResolvedValue(accountEventHandlers, [AccountMails, SessionEnder, OverdueSessions])
    .inSingletonScope();
  construct(bind, HOUSEKEEPING, SqlAccountsHousekeeping, [SQL]);
  construct(bind, PERSONAL_DATA, AccountsExport, [QUERIES, SessionService]);
  bind(PAGES).toResolvedValue(accountPages, [CONFIGURATION]).inSingletonScope();
  bind(ALL_PUBLIC_PAGE_PARTS)
    .toDynamicValue(context => context.getAll(PUBLIC_PAGE_PARTS, { optional: true }))
    .inSingletonScope();
  bind(SessionCookies)
    .toResolvedValue(({ publicUrl }) => new SessionCookies(publicUrl), [CONFIGURATION])
    .inSingletonScope();
  bind(ROUTES)
    .toResolvedValue(
      (
        registrations,
        logins,
        refreshes,
        sessions,
        passwords,
        emails,
        accounts,
        admin,
        people,
        publicPageParts,
        cookies,
        keys,
        configuration,
      ) => [
        ...new RegistrationController(registrations, configuration.accountVerification).routes(),
        ...new SessionController(logins, refreshes, sessions, cookies).routes(),
        ...new PasswordController(passwords).routes(),
        ...new EmailController(emails).routes(),
        ...new AccountController(accounts, cookies).routes(),
        ...new PublicPageController(people, publicPageParts).routes(),
        ...new AdminController(admin).routes(),
        ...new KeysController(keys).routes(),
      ],
      [
        RegistrationService,
        LoginService,
        RefreshService,
        SessionService,
        PasswordService,
        EmailService,
        AccountService,
        AdminService,
        PEOPLE,
        ALL_PUBLIC_PAGE_PARTS,
        SessionCookies,
        SigningKeys,
        CONFIGURATION,
      ],
    )
    .inSingletonScope();
});
