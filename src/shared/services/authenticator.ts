import type { AccountId } from '../domain/identity.ts';

/** Who is asking, as `authenticate` established it. */
export interface Caller {
  readonly accountId: AccountId;
  readonly sessionId: string;
  readonly role: 'member' | 'admin';
}

export interface Authenticator {
  /**
   * Turns an access token into a caller, or throws why not (`token_invalid`, `token_expired`, `session_revoked`), or
   * `Unavailable`. `readOnly` tells that the request changes nothing, which may be allowed on weaker proof.
   */
  authenticate(accessToken: string, request: { readonly readOnly: boolean }): Promise<Caller>;
}
