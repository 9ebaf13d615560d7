import { z } from 'zod';
import type { Caller } from '../../shared/services/authenticator.ts';
import type { Visitor } from '../domain/visitor.ts';
import type { PageName } from '../services/guestbook-queries.ts';

type Params = Readonly<Record<string, string>>;

/** Where a guestbook lies in the API. Somebody's and the site's own have the same routes below it. */
export interface Place {
  readonly path: string;
  /** Ends the ids of its operations, so that no two are called the same. */
  readonly suffix: string;
  readonly params: Readonly<Record<string, z.ZodType<string>>>;
  readonly unknown: readonly string[];
  pageIn(params: unknown): PageName;
  /** The path of a request. */
  pathOf(name: PageName): string;
}

const SOMEBODY: Place = {
  path: '/v1/users/:username',
  suffix: 'OfUser',
  params: { username: z.string() },
  unknown: ['user_not_found'],
  pageIn: params => ({ username: (params as Params).username ?? '' }),
  pathOf: name => `/v1/users/${encodeURIComponent(name === 'site' ? '' : name.username)}`,
};

const THE_SITE: Place = {
  path: '/v1',
  suffix: 'OfSite',
  params: {},
  unknown: [],
  pageIn: () => 'site',
  pathOf: () => '/v1',
};

export const PLACES: readonly Place[] = [SOMEBODY, THE_SITE];

export const visitorOf = (caller: Caller): Visitor => ({
  accountId: caller.accountId,
  isAdmin: caller.role === 'admin',
});
