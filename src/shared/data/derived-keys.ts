import { hkdfSync } from 'node:crypto';

/**
 * One 256-bit key per purpose from each server secret (HKDF, RFC 5869), so that no two purposes share a key. The
 * first key makes new values, all of them check old ones: that is how a secret is replaced without an interruption.
 */
export const deriveKeys = (secrets: readonly string[], purpose: string): readonly Buffer[] =>
  secrets.map(secret => Buffer.from(hkdfSync('sha256', secret, '', `daymark ${purpose}`, 32)));
