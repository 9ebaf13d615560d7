import { z } from 'zod';
import { type Route, route } from '../../shared/presentation/route.ts';

/** Public parts only. */
export interface PublicKeys {
  all(): readonly { readonly kid: string; readonly jwk: object }[];
}

const keyShape = z.looseObject({
  kty: z.literal('EC'),
  kid: z.string(),
  use: z.literal('sig'),
  alg: z.literal('ES256'),
});

/** The keys that access tokens are checked with (RFC 7517). */
export class KeysController {
  readonly #keys: PublicKeys;

  constructor(keys: PublicKeys) {
    this.#keys = keys;
  }

  routes(): readonly Route[] {
    return [
      route({
        method: 'get',
        path: '/.well-known/jwks.json',
        operationId: 'getSigningKeys',
        tag: 'Sessions',
        summary: 'The public keys of access tokens',
        access: 'public',
        answers: { 200: { description: 'A JWK set.', body: z.strictObject({ keys: z.array(keyShape) }) } },
        handle: () => {
          const keys = this.#keys.all().map(({ kid, jwk }) => ({ ...jwk, kid, use: 'sig', alg: 'ES256' }));
          // Shorter than a rotation takes, so that a new key is known before its first token is old.
          const headers = { 'Cache-Control': 'public, max-age=300' };
          return Promise.resolve({ status: 200, body: { keys }, headers });
        },
      }),
    ];
  }
}
