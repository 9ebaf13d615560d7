import type { People, PublicUser } from '../services/people.ts';
import type { Sql } from './postgres.ts';
import { PUBLIC_USER, type PublicUserColumns, publicUserFrom } from './public-user.ts';

export class SqlPeople implements People {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async byName(username: string): Promise<PublicUser | null> {
    const [row] = await this.#sql.prepared<PublicUserColumns>(
      'public-user-by-name',
      `select ${PUBLIC_USER} from public_users u where u.key = $1`,
      [username.toLowerCase()],
    );
    return row ? publicUserFrom(row) : null;
  }
}
