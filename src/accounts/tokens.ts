import type { SessionLifetimes } from './domain/session.ts';
import type { SessionRepository } from './domain/session-repository.ts';
import type { AccountsWorkFactory } from './services/accounts-work.ts';
import type { AccountQueries } from './services/account-queries.ts';
import type { AuditTrail } from './services/audit-trail.ts';
import type { PasswordHasher } from './services/password-hasher.ts';
import type { AttemptLimits } from './services/attempt-limits.ts';
import type { KnownDevices } from './services/known-devices.ts';
import type { AccessTokens, MailTokens, RefreshTokens } from './services/tokens.ts';
import type { PersonalData } from '../shared/services/personal-data.ts';
import type { PublicPagePart } from '../shared/presentation/public-page.ts';
import { token } from '../tokens.ts';

// What the parts of accounts are found under in the container.
export const ALL_PERSONAL_DATA = token<readonly PersonalData[]>('AllPersonalData');
export const ALL_PUBLIC_PAGE_PARTS = token<readonly PublicPagePart[]>('AllPublicPageParts');
export const LIFETIMES = token<SessionLifetimes>('SessionLifetimes');
export const SESSIONS = token<SessionRepository>('SessionRepository');
export const WORK = token<AccountsWorkFactory>('AccountsWorkFactory');
export const QUERIES = token<AccountQueries>('AccountQueries');
export const AUDIT = token<AuditTrail>('AuditTrail');
export const HASHER = token<PasswordHasher>('PasswordHasher');
export const LIMITS = token<AttemptLimits>('AttemptLimits');
export const DEVICES = token<KnownDevices>('KnownDevices');
export const ACCESS_TOKENS = token<AccessTokens>('AccessTokens');
export const REFRESH_TOKENS = token<RefreshTokens>('RefreshTokens');
export const MAIL_TOKENS = token<MailTokens>('MailTokens');
