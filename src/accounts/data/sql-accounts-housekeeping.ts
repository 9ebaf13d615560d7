import type { Sql } from '../../shared/data/postgres.ts';
import type { Housekeeping } from '../../shared/services/housekeeping.ts';

// In batches, because a statement that takes long is cut off.
const STATEMENTS = [
  // Kept for a week after they end: a link that is opened late is then told from one that never was.
  `delete from mail_tickets where id in
     (select id from mail_tickets where expires_at < $1::timestamptz - interval '7 days' limit 1000)`,
  `delete from registrations where id in
     (select id from registrations where expires_at < $1::timestamptz - interval '7 days' limit 1000)`,
  `delete from username_claims where key in
     (select key from username_claims where account_id is null and expires_at < $1 limit 1000)`,
];

export class SqlAccountsHousekeeping implements Housekeeping {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async tidy(now: Date): Promise<number> {
    let gone = 0;
    for (const statement of STATEMENTS) {
      const rows = await this.#sql.query(`with gone as (${statement} returning 1) select 1 from gone`, [now]);
      gone += rows.length;
    }
    return gone;
  }
}
