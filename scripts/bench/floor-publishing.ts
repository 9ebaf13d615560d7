import pg from 'pg';
import { listStatement } from '../../src/publishing/data/article-list-sql.ts';
import { SEEN, SUMMARY } from '../../src/publishing/data/article-columns.ts';
import { WHOLE } from '../../src/publishing/data/article-page-sql.ts';
import type { FloorRedis } from './floor-sessions.ts';
import { PUBLIC_USER } from '../../src/shared/data/public-user.ts';

// The product's statements: imported where they have a name, else word for word.
const USER_BY_NAME = `select ${PUBLIC_USER} from public_users u where u.key = $1`;
const LATEST = `
  select coalesce((select total from article_totals where scope = 'author:' || $1::uuid), 0) as total, a.*
  from (select 1) one left join lateral (
    select ${SUMMARY} from articles a where a.author_id = $1 and ${SEEN}
    order by a.published_at desc, a.id desc limit $2
  ) a on true
  order by a."publishedAt" desc, a.id desc`;
const IS_OPEN = 'select is_open as open from guestbooks where page = $1';
const COUNT =
  'select count(*)::int as count from greetings where page = $1 and (hidden_at is null and not withheld)';

const KNOWN_FOR_MS = 1_000;

interface Row {
  readonly [column: string]: unknown;
}

/** What the floor answers of articles, public pages and guestbooks. */
export class FloorPublishing {
  readonly #pool: pg.Pool;
  readonly #redis: FloorRedis;
  readonly #webUrl: string;
  readonly #pages = new Map<string, { readonly id: string; readonly until: number }>();

  constructor(url: string, size: number, redis: FloorRedis, webUrl: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: size });
    this.#redis = redis;
    this.#webUrl = webUrl;
  }

  async article(slug: string) {
    const row = await this.#one(WHOLE, [slug, null]);
    const { body, html, tableOfContents } = row;
    return {
      meta: { adjacent_articles: { prev: neighbour(row, 'prev'), next: neighbour(row, 'next') } },
      article: { ...this.#summary(row), body, html, table_of_contents: tableOfContents },
      user: userOf(row),
    };
  }

  async articles(limit: number) {
    const { text, values } = listStatement({}, { page: 1, limit });
    const { rows } = await this.#pool.query<Row>(text, [...values]);
    const articles = rows.map(row => ({ ...this.#summary(row), user: userOf(row) }));
    return { total: rows[0]?.total, articles };
  }

  async publicPage(username: string) {
    const user = await this.#one(USER_BY_NAME, [username.toLowerCase()]);
    const id = String(user.userId);
    const [latest, greetings, open] = await Promise.all([
      this.#pool.query<Row>(LATEST, [id, 5]),
      this.#countOf(id),
      this.#pool.query<{ open: boolean }>(IS_OPEN, [id]),
    ]);
    return {
      user: userOf(user),
      counts: { articles: latest.rows[0]?.total, greetings },
      latest_articles: latest.rows.map(row => this.#summary(row)),
      guestbook: { open: open.rows[0]?.open ?? true },
    };
  }

  async greetings(username: string) {
    return { current_greetings_count: await this.#countOf(await this.#pageOf(username)) };
  }

  async #pageOf(username: string): Promise<string> {
    const now = Date.now();
    const known = this.#pages.get(username);
    if (known && now < known.until) return known.id;
    const { userId } = await this.#one(USER_BY_NAME, [username]);
    const id = String(userId);
    this.#pages.set(username, { id, until: now + KNOWN_FOR_MS });
    return id;
  }

  async #countOf(page: string): Promise<number> {
    const key = `greetings:{${page}}:count`;
    const kept = await this.#redis.hGet(key, 'count');
    if (kept != null) return Number(kept);
    const { count } = await this.#one(COUNT, [page]);
    await this.#redis.hSet(key, 'count', Number(count));
    return Number(count);
  }

  async #one(text: string, values: readonly unknown[]): Promise<Row> {
    const { rows } = await this.#pool.query<Row>(text, [...values]);
    const [row] = rows;
    if (row === undefined) throw new Error('There is no such row.');
    return row;
  }

  #summary(row: Row) {
    return {
      id: row.id,
      created_at: row.createdAt,
      updated_at: row.updatedAt,
      published_at: row.publishedAt,
      status: row.status,
      title: row.title,
      slug: row.slug,
      meta_description: row.metaDescription,
      reading_minutes: row.readingMinutes,
      featured_image: row.featuredImage,
      tags: row.tags,
      url: `${this.#webUrl}/articles/${String(row.slug)}`,
    };
  }
}

const neighbour = (row: Row, which: 'prev' | 'next') =>
  row[`${which}Slug`] === null ? null : { title: row[`${which}Title`], slug: row[`${which}Slug`] };

const userOf = ({ userId, username, location, bio, links, userCreatedAt }: Row) => ({
  id: userId,
  username,
  location,
  bio,
  links,
  created_at: userCreatedAt,
});
