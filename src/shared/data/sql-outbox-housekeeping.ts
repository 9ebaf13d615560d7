import type { Housekeeping } from '../services/housekeeping.ts';
import type { Sql } from './postgres.ts';

/** Events that were given up wait a month for an admin. Their payloads may hold addresses, so they do not wait for ever. */
export class SqlOutboxHousekeeping implements Housekeeping {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async tidy(now: Date): Promise<number> {
    const gone = await this.#sql.query(
      `delete from outbox where gave_up_at < $1::timestamptz - interval '30 days' returning id`,
      [now],
    );
    return gone.length;
  }
}
