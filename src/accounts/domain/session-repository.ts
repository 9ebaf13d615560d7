import type { AccountId } from '../../shared/domain/identity.ts';
import type { Session, SessionId } from './session.ts';

/**
 * The sessions of all devices. Knows nothing of the refresh rule.
 * Every method throws `Unavailable` within half a second when the store is down.
 */
export interface SessionRepository {
  /** Stores a new session and lists it under its account, both or neither. */
  add(session: Session): Promise<void>;

  /** Also finds sessions that have ended, for a day: the tombstone keeps the reason. */
  byId(id: SessionId): Promise<Session | null>;

  /**
   * Saves what changed since the session was loaded or last saved. False when somebody else changed it first, or when
   * it is no longer there: saving never creates, so nothing that ended can come back.
   * An ended session leaves its account's list in the same step.
   */
  save(session: Session): Promise<boolean>;

  /** The sessions of an account that have not ended, oldest first. */
  ofAccount(accountId: AccountId): Promise<readonly Session[]>;

  countOf(accountId: AccountId): Promise<number>;

  /**
   * Every session of every account that has not ended, some hundreds at a time and in no order. One that lives from the
   * first batch to the last comes at least once; one that begins or ends meanwhile may come or not.
   */
  inBatches(): AsyncIterable<readonly Session[]>;
}
