import { z } from 'zod';
import { pageQuery } from '../../shared/presentation/page.ts';
import { type Route, route } from '../../shared/presentation/route.ts';
import type { AccountService } from '../services/account-service.ts';
import { memberShape, memberView } from './account-views.ts';
import { activityShape, activityView } from './activity-view.ts';
import { dayStartField, linkField, timeZoneField, usernameField } from './fields.ts';
import { originOf } from './request-origin.ts';
import type { SessionCookies } from './session-cookies.ts';

const tag = 'Account';

export class AccountController {
  readonly #accounts: AccountService;
  readonly #cookies: SessionCookies;

  constructor(accounts: AccountService, cookies: SessionCookies) {
    this.#accounts = accounts;
    this.#cookies = cookies;
  }

  routes(): readonly Route[] {
    return [this.#me(), this.#change(), this.#close(), this.#export(), this.#activity()];
  }

  #me(): Route {
    return route({
      method: 'get',
      path: '/v1/accounts/me',
      operationId: 'getMe',
      tag,
      summary: 'Your account and profile',
      access: 'bearer',
      answers: { 200: { description: 'You.', body: memberShape } },
      handle: async ({ caller }) => ({
        status: 200,
        body: memberView(await this.#accounts.member(caller.accountId)),
      }),
    });
  }

  #change(): Route {
    return route({
      method: 'patch',
      path: '/v1/accounts/me',
      operationId: 'changeMe',
      tag,
      summary: 'Change your profile',
      description: 'Fields that are absent stay as they are.',
      access: 'bearer',
      request: {
        body: z.strictObject({
          username: usernameField.optional(),
          location: z.string().optional().meta({ description: 'At most 100 characters.' }),
          bio: z.string().optional().meta({ description: 'At most 500 characters.' }),
          links: z.array(linkField).optional().meta({ description: 'At most 10.' }),
          time_zone: timeZoneField.optional(),
          day_start: dayStartField.optional(),
        }),
      },
      answers: { 200: { description: 'You, changed.', body: memberShape } },
      refusals: {
        409: ['username_taken'],
        422: ['too_long', 'unseen_characters', 'too_many_links'],
      },
      handle: async incoming => {
        const { time_zone: timeZone, day_start: dayStart, ...same } = incoming.body;
        const change = { ...same, timeZone, dayStart };
        const member = await this.#accounts.changeProfile(
          incoming.caller.accountId,
          change,
          originOf(incoming),
        );
        return { status: 200, body: memberView(member) };
      },
    });
  }

  #close(): Route {
    return route({
      method: 'delete',
      path: '/v1/accounts/me',
      operationId: 'closeAccount',
      tag,
      summary: 'Delete your account and everything that belongs to it',
      access: 'bearer',
      request: { body: z.strictObject({ password: z.string() }) },
      answers: { 204: { description: 'Gone. The mail address and the username are free again.' } },
      refusals: { 422: ['invalid_fields'], 429: ['too_many_attempts'] },
      handle: async incoming => {
        await this.#accounts.close(incoming.caller, incoming.body.password);
        return { status: 204, cookies: [this.#cookies.clearRefreshToken()] };
      },
    });
  }

  #export(): Route {
    return route({
      method: 'get',
      path: '/v1/accounts/me/export',
      operationId: 'exportMe',
      tag,
      summary: 'Everything we keep about you',
      access: 'bearer',
      noStore: true,
      answers: {
        200: {
          description: 'One part for each kind of thing.',
          body: z.looseObject({ account: z.unknown() }),
        },
      },
      handle: async incoming => ({
        status: 200,
        body: await this.#accounts.export(incoming.caller.accountId, originOf(incoming)),
        headers: { 'Content-Disposition': 'attachment; filename="daymark-export.json"' },
      }),
    });
  }

  #activity(): Route {
    return route({
      method: 'get',
      path: '/v1/accounts/me/activity',
      operationId: 'listActivity',
      tag,
      summary: 'What happened to your account',
      access: 'bearer',
      request: { query: pageQuery },
      answers: {
        200: { description: 'Newest first.', body: z.strictObject({ activity: z.array(activityShape) }) },
      },
      handle: async ({ caller, query }) => {
        const { items, total } = await this.#accounts.activity(caller.accountId, query);
        return { status: 200, body: { activity: items.map(activityView) }, listing: { ...query, total } };
      },
    });
  }
}
