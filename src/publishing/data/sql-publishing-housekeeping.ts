import type { Sql } from '../../shared/data/postgres.ts';
import type { Housekeeping } from '../../shared/services/housekeeping.ts';

// Tags that nobody uses any more, authors who have left. Rows that somebody is just counting in are left alone.
const FORGET_EMPTY_TOTALS = `
  with gone as (
    delete from article_totals where scope in (
      select scope from article_totals where total = 0 and scope <> '' limit 1000 for update skip locked
    ) returning 1
  ) select 1 from gone`;

export class SqlPublishingHousekeeping implements Housekeeping {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async tidy(): Promise<number> {
    return (await this.#sql.query(FORGET_EMPTY_TOTALS)).length;
  }
}
