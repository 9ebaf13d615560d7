import type { Sql } from '../../shared/data/postgres.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import { type GreetingId, type PageId, SITE } from '../domain/ids.ts';
import type { Visitor } from '../domain/visitor.ts';
import type { GreetingRow, GuestbookQueries, PageName, Stretch } from '../services/guestbook-queries.ts';
import { NOT_SEEN, onPage, SEEN } from './greeting.mapping.ts';

/** What comes before everything: no UUID is larger, and a condition that is always there finds the index. */
const NEWEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const GREETING = `
  g.id, g.name, g.message, a.username as author, g.hidden_at is not null as hidden, g.created_at as "createdAt"`;
const WITH_AUTHOR = 'left join public_users a on a.id = g.author_id';

const stretch = (page: string, which: string): string =>
  `(select * from greetings where ${onPage(page)} and ${which} and (page, id) < (${page}, $2)
    order by page desc, id desc limit $3)`;

// Seen and hidden greetings have an index each: both are asked, and the newest of the two answers stay. A page without
// greetings is one row without one; where there is no page there is no row.
const listOf = (pages: string): string => `
  select ${GREETING} from ${pages}
  left join lateral (
    select * from (
      select * from ${stretch('u.id', SEEN)} seen
      union all
      select * from ${stretch('u.id', `${NOT_SEEN} and not withheld and (u.id = $4 or $5)`)} hidden
    ) both_kinds order by id desc limit $3
  ) g on true
  ${WITH_AUTHOR} order by g.id desc`;

const LIST_OF_SOMEBODY = listOf('(select id from public_users where key = $1) u');
const LIST_OF_SITE = listOf('(select $1::uuid as id) u');

const RECEIVED = `
  select ${GREETING} from (
    select * from ${stretch('$1', SEEN)} seen union all select * from ${stretch('$1', NOT_SEEN)} hidden
    order by id desc limit $3
  ) g ${WITH_AUTHOR} order by g.id desc`;

type Listed = { readonly [Field in keyof GreetingRow]: GreetingRow[Field] | null };

export class SqlGuestbookQueries implements GuestbookQueries {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async listed(
    page: PageName,
    { before, limit }: Stretch,
    visitor: Visitor | null,
  ): Promise<readonly GreetingRow[] | null> {
    const [name, text, key] =
      page === 'site'
        ? ['greetings-of-site', LIST_OF_SITE, SITE]
        : ['greetings-of-somebody', LIST_OF_SOMEBODY, page.username.toLowerCase()];
    const values = [key, before ?? NEWEST, limit, visitor?.accountId ?? null, visitor?.isAdmin ?? false];
    const rows = await this.#sql.prepared<Listed>(name, text, values);
    return rows.length === 0 ? null : (rows.filter(({ id }) => id !== null) as GreetingRow[]);
  }

  async greeting(page: PageId, id: GreetingId): Promise<GreetingRow | null> {
    const [row] = await this.#sql.prepared<GreetingRow>(
      'greeting',
      `select ${GREETING} from greetings g ${WITH_AUTHOR} where g.id = $1 and g.page = $2 and not g.withheld`,
      [id, page],
    );
    return row ?? null;
  }

  async usernameOf(accountId: AccountId): Promise<string | null> {
    const [row] = await this.#sql.prepared<{ username: string }>(
      'guest-by-id',
      'select username from public_users where id = $1',
      [accountId],
    );
    return row?.username ?? null;
  }

  async isOpen(page: PageId): Promise<boolean> {
    const [row] = await this.#sql.prepared<{ open: boolean }>(
      'guestbook-open',
      'select is_open as open from guestbooks where page = $1',
      [page],
    );
    return row?.open ?? true;
  }

  async received(page: PageId, { before, limit }: Stretch): Promise<readonly GreetingRow[]> {
    return await this.#sql.query<GreetingRow>(RECEIVED, [page, before ?? NEWEST, limit]);
  }

  async written(
    authorId: AccountId,
    { before, limit }: Stretch,
  ): Promise<readonly (GreetingRow & { readonly page: string | null })[]> {
    return await this.#sql.query<GreetingRow & { page: string | null }>(
      `select ${GREETING}, owner.username as page from greetings g ${WITH_AUTHOR}
       left join public_users owner on owner.id = g.page
       where g.author_id = $1 and g.id < $2 order by g.id desc limit $3`,
      [authorId, before ?? NEWEST, limit],
    );
  }
}
