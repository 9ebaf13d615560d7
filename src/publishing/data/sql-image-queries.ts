import type { Sql } from '../../shared/data/postgres.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { Page, PageRequest } from '../../shared/domain/page.ts';
import type { ImageOwner, ImageQueries, ImageRow } from '../services/image-queries.ts';

const IMAGE = `
  i.id, i.owner_name as "ownerName", i.key, i.format, i.width, i.height, i.bytes, i.variants,
  i.created_at as "createdAt"`;

/** Of a page beyond the end only the total is there. */
type FoundRow = { readonly total: number } & (ImageRow | { readonly id: null });

export class SqlImageQueries implements ImageQueries {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async owner(accountId: AccountId): Promise<ImageOwner | null> {
    const [row] = await this.#sql.prepared<{ username: string; images: number; bytes: number }>(
      'image-owner',
      `select u.username, taken.* from public_users u
       cross join lateral (select count(*)::int as images, coalesce(sum(total_bytes), 0)::float8 as bytes
         from images where owner_id = u.id) taken
       where u.id = $1`,
      [accountId],
    );
    return row ? { username: row.username, room: { images: row.images, bytes: row.bytes } } : null;
  }

  async shown(username: string, key: string): Promise<ImageRow | null> {
    const [row] = await this.#sql.prepared<ImageRow>(
      'image-shown',
      `select ${IMAGE} from images i join public_users u on u.id = i.owner_id
       where i.key = $1 and $2 in (u.key, i.owner_name)`,
      [key, username.toLowerCase()],
    );
    return row ?? null;
  }

  async ofOwner(accountId: AccountId, { page, limit }: PageRequest): Promise<Page<ImageRow>> {
    // The page and the total come of one statement, so that they agree, also where the page is beyond the end.
    const found = await this.#sql.prepared<FoundRow>(
      'images-of-owner',
      `select counted.total, page.* from
         (select count(*)::int as total from images where owner_id = $1) counted
       left join (select ${IMAGE} from images i where i.owner_id = $1 order by i.id desc limit $2 offset $3) page
         on true
       order by page.id desc`,
      [accountId, limit, (page - 1) * limit],
    );
    const items = found.flatMap(({ total: _total, ...row }) => (row.id === null ? [] : [row]));
    return { items, total: found[0]?.total ?? 0 };
  }
}
