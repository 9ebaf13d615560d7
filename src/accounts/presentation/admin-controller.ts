import { z } from 'zod';
import type { AccountId } from '../../shared/domain/identity.ts';
import { pageFields } from '../../shared/presentation/page.ts';
import { type Route, route } from '../../shared/presentation/route.ts';
import type { AdminService } from '../services/admin-service.ts';
import { accountShape, accountView, userShape, userView } from './account-views.ts';

const tag = 'Administration';

const memberShape = z.strictObject({
  account: z.strictObject({ ...accountShape.shape, standing: z.enum(['active', 'banned']) }),
  user: userShape,
});

type Action = (id: AccountId, by: string) => Promise<void>;

/** For accounts with the admin role, which only the command line gives. */
export class AdminController {
  readonly #admin: AdminService;

  constructor(admin: AdminService) {
    this.#admin = admin;
  }

  routes(): readonly Route[] {
    const admin = this.#admin;
    return [
      this.#list(),
      action(
        'post',
        'ban',
        'banAccount',
        'Ban an account and end its sessions',
        ['already_banned'],
        (id, by) => admin.ban(id, by),
      ),
      action('post', 'unban', 'unbanAccount', 'Lift a ban', ['not_banned'], (id, by) => admin.unban(id, by)),
      action('delete', 'sessions', 'endAccountSessions', 'End all sessions of an account', [], (id, by) =>
        admin.endSessions(id, by),
      ),
      action('post', 'password-reset', 'startPasswordReset', 'Mail the person a reset link', [], id =>
        admin.startReset(id),
      ),
    ];
  }

  #list(): Route {
    return route({
      method: 'get',
      path: '/v1/admin/accounts',
      operationId: 'listAccounts',
      tag,
      summary: 'List accounts',
      access: 'admin',
      request: {
        query: z.strictObject({
          ...pageFields,
          q: z.string().max(100).optional().meta({ description: 'Part of a mail address or username.' }),
        }),
      },
      answers: {
        200: { description: 'Newest first.', body: z.strictObject({ accounts: z.array(memberShape) }) },
      },
      handle: async ({ query }) => {
        const { q, ...page } = query;
        const { items, total } = await this.#admin.list(q ?? null, page);
        const accounts = items.map(({ account, user }) => ({
          account: { ...accountView(account), standing: account.standing },
          user: userView(user),
        }));
        return { status: 200, body: { accounts }, listing: { ...page, total } };
      },
    });
  }
}

const action = (
  method: 'post' | 'delete',
  path: string,
  operationId: string,
  summary: string,
  conflicts: readonly string[],
  perform: Action,
): Route =>
  route({
    method,
    path: `/v1/admin/accounts/:id/${path}`,
    operationId,
    tag,
    summary,
    access: 'admin',
    request: { params: z.strictObject({ id: z.uuid() }) },
    answers: { 204: { description: 'Done.' } },
    refusals: { 404: ['account_not_found'], ...(conflicts.length > 0 ? { 409: conflicts } : {}) },
    handle: async ({ params, caller }) => {
      await perform(params.id as AccountId, caller.accountId);
      return { status: 204 };
    },
  });
