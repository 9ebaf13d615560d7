import type { AccountId } from '../domain/identity.ts';

/** Who is asking, as `authenticate` established it. */
export interface Caller {
  readonly accountId: AccountId;
  readonly sessionId: string;
  readonly role: 'member' | 'admin';
}

/** Turns an access token into a caller, or throws why not (`token_invalid`, `token_expired`, `session_revoked`). */
export interface Authenticator {
  authenticate(accessToken: string): Promise<Caller>;
}
