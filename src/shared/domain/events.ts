import type { AccountId } from './identity.ts';

export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * A fact that another context or process acts upon. `type` is past tense, `context.thing-happened`.
 * The payload holds ids and facts, never an aggregate and never a secret: it is stored in the outbox.
 */
export interface DomainEvent {
  readonly type: string;
  readonly payload: Readonly<Record<string, JsonValue>>;
}

/** Everything personal hangs off the account; each context removes its share when this arrives. */
export const accountClosed = (accountId: AccountId, email: string): DomainEvent => ({
  type: 'accounts.account-closed',
  payload: { account_id: accountId, email },
});

/** What a banned person published is not shown while the ban lasts. */
export const accountBanned = (accountId: AccountId): DomainEvent => ({
  type: 'accounts.account-banned',
  payload: { account_id: accountId },
});

export const accountUnbanned = (accountId: AccountId): DomainEvent => ({
  type: 'accounts.account-unbanned',
  payload: { account_id: accountId },
});

/**
 * The database is what it was when a backup was made; whatever was kept elsewhere since, such as sessions, is not.
 * Stored by a repair of the restore itself, so that it arrives however long a store was away.
 */
export const DATABASE_RESTORED = 'shared.database-restored';

// Outside the aggregates, because the mapper would treat an initialised field as a column.
const recorded = new WeakMap<object, DomainEvent[]>();

export const record = (aggregate: object, event: DomainEvent): void => {
  const events = recorded.get(aggregate);
  if (events) events.push(event);
  else recorded.set(aggregate, [event]);
};

/** Hands over the aggregate's events and forgets them, so that no event is stored twice. */
export const pullEvents = (aggregate: object): readonly DomainEvent[] => {
  const events = recorded.get(aggregate) ?? [];
  recorded.delete(aggregate);
  return events;
};
