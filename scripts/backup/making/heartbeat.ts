import type { Report } from '../report.ts';

const LIMITS_MS = {
  usual: 10_000,
  /** Whoever is stopped has little time left. */
  hurried: 2_500,
};

/**
 * Tells a watchdog outside that the backup has begun, and how it ended, so that somebody is called when it does not run
 * at all. What the watchdog answers, or that it does not, never changes how the backup ends.
 */
export class Heartbeat {
  readonly #url: URL | null;
  readonly #report: Report;
  readonly #limitsMs: typeof LIMITS_MS;
  #started: Promise<void> = Promise.resolve();

  /** @param url may hold a key, so it is never shown */
  constructor(url: string | undefined, report: Report, limitsMs = LIMITS_MS) {
    this.#url = url === undefined ? null : new URL(url);
    this.#report = report;
    this.#limitsMs = limitsMs;
  }

  /** Does not wait for the answer. */
  start(): void {
    this.#started = this.#ping('start', '', this.#limitsMs.usual);
  }

  /** @param log what is kept with it; without secrets */
  async end(exitCode: number, log: string, { isHurried = false } = {}): Promise<void> {
    // In this order, or it would look as if a run had begun and not ended.
    if (!isHurried) await this.#started;
    const { usual, hurried } = this.#limitsMs;
    await this.#ping(exitCode === 0 ? '' : String(exitCode), log, isHurried ? hurried : usual);
  }

  async #ping(what: string, body: string, limitMs: number): Promise<void> {
    if (this.#url === null) return;
    const url = new URL(this.#url);
    if (what !== '') url.pathname = `${url.pathname.replace(/\/$/, '')}/${what}`;
    try {
      const response = await fetch(url, {
        method: 'POST',
        body,
        redirect: 'manual',
        headers: { 'Content-Type': 'text/plain; charset=utf-8' },
        signal: AbortSignal.timeout(limitMs),
      });
      await response.body?.cancel();
      if (!response.ok) this.#warn(`answers ${response.status}`);
    } catch (error) {
      const { name, cause } = error as Error;
      const code = (cause as NodeJS.ErrnoException | undefined)?.code;
      this.#warn(
        name === 'TimeoutError' ? `has not answered in ${limitMs / 1_000} s` : `fails (${code ?? name})`,
      );
    }
  }

  #warn(problem: string): void {
    this.#report.warn('heartbeat_failed', `BACKUP_HEARTBEAT_URL ${problem}. The backup goes on without it.`);
  }
}
