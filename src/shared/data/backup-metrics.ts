import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../domain/clock.ts';
import { Unavailable } from '../domain/domain-error.ts';
import type { Sql } from './postgres.ts';

/** However many scrape: so long an answer of the database serves all of them. */
const FRESH_MS = 15_000;
/** A database that is frozen or away must not keep the other metrics from being read. */
const PATIENCE_MS = 200;

/** Null where it never happened. Instants and durations in seconds, as Prometheus has them. */
interface BackupFacts {
  readonly succeededAt: number | null;
  readonly seconds: number | null;
  readonly bytes: number | null;
  readonly failedAt: number | null;
  readonly provenAt: number | null;
}

const FACTS = `
  select extract(epoch from done.finished_at)::float8 as "succeededAt",
    extract(epoch from done.finished_at - done.started_at)::float8 as "seconds",
    done.bytes::float8 as "bytes",
    extract(epoch from failed.finished_at)::float8 as "failedAt",
    extract(epoch from proven.finished_at)::float8 as "provenAt"
  from (select) as one
  left join lateral (
    select started_at, finished_at, bytes from backup_runs where kind = 'backup' and outcome = 'done'
    order by finished_at desc limit 1
  ) as done on true
  left join lateral (
    select finished_at from backup_runs where kind = 'backup' and outcome = 'failed'
    order by finished_at desc limit 1
  ) as failed on true
  left join lateral (
    select finished_at from backup_runs where kind in ('drill', 'restore') and outcome = 'done'
    order by finished_at desc limit 1
  ) as proven on true`;

/**
 * When the last backup was made and the last one proven, as the backup command has recorded it. What never happened is
 * absent, not zero: an alert on the age must not take it for very old or for just now. While the database is away the
 * metrics stay as they were, for they are still true.
 */
export const registerBackupMetrics = (
  registry: Registry,
  sql: Pick<Sql, 'query'>,
  clock: Clock,
  onFailure: (error: unknown) => void,
  patienceMs = PATIENCE_MS,
): void => {
  const latest = new LatestFacts(sql, clock, onFailure, patienceMs);
  const gauge = (name: string, help: string, valueIn: (facts: BackupFacts) => number | null): void => {
    const made = new Gauge({
      name,
      help,
      registers: [registry],
      collect: async () => {
        const facts = await latest.soon();
        const value = facts && valueIn(facts);
        if (value === null) made.remove();
        else made.set(value);
      },
    });
  };
  gauge(
    'backup_last_success_timestamp_seconds',
    'When the last good backup was complete.',
    facts => facts.succeededAt,
  );
  gauge(
    'backup_last_success_duration_seconds',
    'How long the last good backup took.',
    facts => facts.seconds,
  );
  gauge(
    'backup_last_success_size_bytes',
    'Size of the archive of the last good backup.',
    facts => facts.bytes,
  );
  gauge('backup_last_failure_timestamp_seconds', 'When a backup last failed.', facts => facts.failedAt);
  gauge(
    'restore_last_proven_timestamp_seconds',
    'When a backup was last restored, for good or as a drill, and compared.',
    facts => facts.provenAt,
  );
};

class LatestFacts {
  readonly #sql: Pick<Sql, 'query'>;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  readonly #patienceMs: number;
  #known: BackupFacts | null = null;
  #asking: Promise<void> = Promise.resolve();
  #askedAt = -Infinity;

  constructor(
    sql: Pick<Sql, 'query'>,
    clock: Clock,
    onFailure: (error: unknown) => void,
    patienceMs: number,
  ) {
    this.#sql = sql;
    this.#clock = clock;
    this.#onFailure = onFailure;
    this.#patienceMs = patienceMs;
  }

  /** The newest facts that can be had in a moment. */
  async soon(): Promise<BackupFacts | null> {
    const now = this.#clock.now().getTime();
    if (Math.abs(now - this.#askedAt) >= FRESH_MS) {
      this.#askedAt = now;
      this.#asking = this.#ask();
    }
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>(resolve => (timer = setTimeout(resolve, this.#patienceMs)));
    await Promise.race([this.#asking, patience]);
    clearTimeout(timer);
    return this.#known;
  }

  async #ask(): Promise<void> {
    try {
      const [facts] = await this.#sql.query<BackupFacts>(FACTS);
      this.#known = facts ?? null;
    } catch (error) {
      // That the database is down is said elsewhere.
      if (!(error instanceof Unavailable)) this.#onFailure(error);
    }
  }
}
