import { Unavailable } from '../../shared/domain/domain-error.ts';
import type { AccountId } from '../../shared/domain/identity.ts';

/** A slow upload holds its place for minutes, so one account never gets more than a share of them. */
const MOST_AT_ONCE = 32;
const MOST_PER_ACCOUNT = 8;

/** How many uploads one process takes at once. Nobody waits in line: what comes would have to be kept somewhere. */
export class UploadPlaces {
  readonly #taken = new Map<AccountId, number>();
  #all = 0;

  /** @throws {Unavailable} when all places are taken; then `upload` never runs. */
  async hold<Result>(accountId: AccountId, upload: () => Promise<Result>): Promise<Result> {
    const own = this.#taken.get(accountId) ?? 0;
    if (this.#all >= MOST_AT_ONCE || own >= MOST_PER_ACCOUNT)
      throw new Unavailable('A place for another upload', { retryAfterSeconds: 5 });
    this.#all++;
    this.#taken.set(accountId, own + 1);
    try {
      return await upload();
    } finally {
      this.#all--;
      const left = (this.#taken.get(accountId) ?? 1) - 1;
      if (left === 0) this.#taken.delete(accountId);
      else this.#taken.set(accountId, left);
    }
  }
}
