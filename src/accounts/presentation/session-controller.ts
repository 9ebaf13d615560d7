import { z } from 'zod';
import { type Answer, type Route, route } from '../../shared/presentation/route.ts';
import type { SessionId } from '../domain/session.ts';
import type { Member } from '../services/account-queries.ts';
import type { LoginService } from '../services/login-service.ts';
import type { RefreshService } from '../services/refresh-service.ts';
import type { SessionService } from '../services/session-service.ts';
import type { SessionTokens } from '../services/session-tokens.ts';
import { userShape, userView } from './account-views.ts';
import { originOf } from './request-origin.ts';
import type { SessionCookies } from './session-cookies.ts';
import { sessionShape, sessionView } from './session-view.ts';

const tag = 'Sessions';

const tokenShape = z
  .strictObject({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.int().meta({ description: 'Seconds.' }),
    user: userShape,
  })
  .meta({ id: 'Tokens' });

const messageShape = z.strictObject({ message: z.string() });

export class SessionController {
  readonly #logins: LoginService;
  readonly #refreshes: RefreshService;
  readonly #sessions: SessionService;
  readonly #cookies: SessionCookies;

  constructor(
    logins: LoginService,
    refreshes: RefreshService,
    sessions: SessionService,
    cookies: SessionCookies,
  ) {
    this.#logins = logins;
    this.#refreshes = refreshes;
    this.#sessions = sessions;
    this.#cookies = cookies;
  }

  routes(): readonly Route[] {
    return [this.#logIn(), this.#refresh(), this.#logOut(), this.#list(), this.#endAll(), this.#endOne()];
  }

  #logIn(): Route {
    return route({
      method: 'post',
      path: '/v1/accounts/login',
      operationId: 'logIn',
      tag,
      summary: 'Log in',
      description: 'Sets the refresh token cookie. Over a live cookie, the session it belongs to ends.',
      access: 'public',
      noStore: true,
      request: {
        // Both are any text: what is no address, or no password that one may choose, is refused like a wrong one.
        body: z.strictObject({
          email: z.string().meta({ examples: ['ada@example.org'] }),
          password: z.string().meta({ format: 'password', examples: ['analytical engine 1843'] }),
        }),
      },
      answers: { 200: { description: 'Logged in.', body: tokenShape } },
      refusals: { 401: ['invalid_credentials'], 429: ['too_many_attempts'] },
      handle: async incoming => {
        const { tokens, member, deviceCookie } = await this.#logins.logIn({
          ...incoming.body,
          origin: originOf(incoming),
          deviceCookie: this.#cookies.device(incoming.cookies),
          replaced: this.#cookies.replacedRefreshToken(incoming.cookies),
        });
        const answer = this.#tokenAnswer(tokens, member);
        return { ...answer, cookies: [...(answer.cookies ?? []), this.#cookies.setDevice(deviceCookie)] };
      },
    });
  }

  #refresh(): Route {
    return route({
      method: 'post',
      path: '/v1/accounts/token',
      operationId: 'refreshToken',
      tag,
      summary: 'Exchange the refresh token cookie for new tokens',
      description:
        'May be asked by several tabs at once, and again when the answer was lost. A refused request leaves the cookie as it is.',
      access: 'public',
      noStore: true,
      usesRefreshCookie: true,
      answers: { 200: { description: 'New tokens.', body: tokenShape } },
      refusals: {
        400: ['refresh_token_missing', 'refresh_token_malformed', 'ambiguous_cookie'],
        401: ['session_gone', 'refresh_reused', 'session_expired'],
      },
      handle: async incoming => {
        const token = this.#cookies.requiredRefreshToken(incoming.cookies);
        const { tokens, member } = await this.#refreshes.refresh(token, originOf(incoming));
        return this.#tokenAnswer(tokens, member);
      },
    });
  }

  #logOut(): Route {
    return route({
      method: 'post',
      path: '/v1/accounts/logout',
      operationId: 'logOut',
      tag,
      summary: 'Log out',
      description: 'Ends the session of the cookie and that of the access token, which may have expired.',
      access: 'public',
      noStore: true,
      usesRefreshCookie: true,
      answers: { 200: { description: 'Logged out, now or before.', body: messageShape } },
      refusals: { 400: ['ambiguous_cookie'] },
      handle: async incoming => {
        const refresh = this.#cookies.refreshToken(incoming.cookies);
        await this.#sessions.logOut({ refresh, access: incoming.bearerToken }, originOf(incoming));
        const cookies = [this.#cookies.clearRefreshToken()];
        return { status: 200, body: { message: 'Successfully logged out' }, cookies };
      },
    });
  }

  #list(): Route {
    return route({
      method: 'get',
      path: '/v1/accounts/sessions',
      operationId: 'listSessions',
      tag,
      summary: 'List where you are logged in',
      access: 'bearer',
      answers: {
        200: { description: 'Newest first.', body: z.strictObject({ sessions: z.array(sessionShape) }) },
      },
      handle: async ({ caller }) => {
        const sessions = await this.#sessions.list(caller.accountId);
        return {
          status: 200,
          body: { sessions: sessions.map(session => sessionView(session, caller.sessionId)) },
        };
      },
    });
  }

  #endOne(): Route {
    return route({
      method: 'delete',
      path: '/v1/accounts/sessions/:id',
      operationId: 'endSession',
      tag,
      summary: 'Log one device out',
      access: 'bearer',
      request: { params: z.strictObject({ id: z.string().max(100) }) },
      answers: { 204: { description: 'Ended.' } },
      refusals: { 404: ['session_not_found'] },
      handle: async incoming => {
        await this.#sessions.end(incoming.caller, incoming.params.id as SessionId, originOf(incoming));
        return { status: 204 };
      },
    });
  }

  #endAll(): Route {
    return route({
      method: 'delete',
      path: '/v1/accounts/sessions',
      operationId: 'endOtherSessions',
      tag,
      summary: 'Log all other devices out',
      access: 'bearer',
      request: {
        query: z.strictObject({
          all: z.enum(['true', 'false']).optional().meta({ description: 'With `true`, this device too.' }),
        }),
      },
      answers: { 204: { description: 'Ended.' } },
      handle: async incoming => {
        const keepOwn = incoming.query.all !== 'true';
        await this.#sessions.endAll(incoming.caller, originOf(incoming), { keepOwn });
        return keepOwn ? { status: 204 } : { status: 204, cookies: [this.#cookies.clearRefreshToken()] };
      },
    });
  }

  #tokenAnswer(tokens: SessionTokens, { user }: Member): Answer {
    const body = {
      access_token: tokens.accessToken,
      token_type: 'Bearer',
      expires_in: tokens.expiresInSeconds,
      user: userView(user),
    };
    return { status: 200, body, cookies: [this.#cookies.setRefreshToken(tokens)] };
  }
}
