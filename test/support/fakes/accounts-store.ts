import type { DomainEvent } from '../../../src/shared/domain/events.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import type { Account } from '../../../src/accounts/domain/account.ts';
import type { AuditEntry } from '../../../src/accounts/domain/audit-entry.ts';
import { EmailTaken, UsernameTaken } from '../../../src/accounts/domain/errors.ts';
import type { MailTicket } from '../../../src/accounts/domain/mail-ticket.ts';
import type { Profile } from '../../../src/accounts/domain/profile.ts';
import type { Registration } from '../../../src/accounts/domain/registration.ts';
import type { UsernameClaim } from '../../../src/accounts/domain/username-claim.ts';
import { StaleAggregate } from '../../../src/shared/domain/domain-error.ts';

export interface Tables {
  accounts: Account;
  profiles: Profile;
  usernames: UsernameClaim;
  registrations: Registration;
  tickets: MailTicket;
  audit: AuditEntry;
}

export type TableName = keyof Tables;

interface Row {
  readonly aggregate: object;
  readonly version: number;
}

/** One row that a unit wants to write: null removes it. `version` is the one it was loaded with, null for a new row. */
export interface Write {
  readonly table: TableName;
  readonly key: string;
  readonly aggregate: object | null;
  readonly version: number | null;
}

export const keyOf = (aggregate: { readonly id: string } | { readonly key: string }): string =>
  'id' in aggregate ? aggregate.id : aggregate.key;

/** A copy that shares nothing with the original and is of the same class. Aggregates are plain all the way down. */
export const copyOf = <Value>(value: Value): Value => {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return new Date(value) as Value;
  if (Array.isArray(value)) return value.map(copyOf) as Value;
  const copy = Object.create(Object.getPrototypeOf(value) as object) as Record<string, unknown>;
  for (const [name, part] of Object.entries(value)) copy[name] = copyOf(part);
  return copy as Value;
};

/** What the tables of accounts hold, with the rules that the real ones have. Only whole units change it. */
export class AccountsStore {
  readonly events: DomainEvent[] = [];
  readonly #tables = new Map<TableName, Map<string, Row>>();
  readonly #locks = new Map<string, Promise<void>>();

  /** Copies of all rows, in the order in which they came. */
  all<Name extends TableName>(name: Name): Tables[Name][] {
    return [...this.#table(name).values()].map(row => copyOf(row.aggregate) as Tables[Name]);
  }

  versionOf(name: TableName, key: string): number {
    return this.#table(name).get(key)?.version ?? 0;
  }

  /** All of it or nothing. @throws {StaleAggregate} @throws {EmailTaken} @throws {UsernameTaken} */
  apply(writes: readonly Write[], events: readonly DomainEvent[]): void {
    const before = new Map([...this.#tables].map(([name, rows]) => [name, new Map(rows)]));
    try {
      for (const write of writes) this.#write(write);
      this.#checkOpenTickets();
    } catch (error) {
      this.#tables.clear();
      for (const [name, rows] of before) this.#tables.set(name, rows);
      throw error;
    }
    this.events.push(...events);
  }

  /** Waits for whoever holds the same thing. The answer lets it go. */
  async lock(what: string): Promise<() => void> {
    const held = this.#locks.get(what) ?? Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#locks.set(
      what,
      held.then(() => promise),
    );
    await held;
    return () => resolve(undefined);
  }

  #table(name: TableName): Map<string, Row> {
    const table = this.#tables.get(name) ?? new Map<string, Row>();
    this.#tables.set(name, table);
    return table;
  }

  #write({ table, key, aggregate, version }: Write): void {
    const rows = this.#table(table);
    const stored = rows.get(key);
    // Claims are held by a lock while they change, and entries of the trail never change: neither has a version.
    const isVersioned = table !== 'usernames' && table !== 'audit';
    if (version !== null && isVersioned && stored?.version !== version) throw new StaleAggregate();
    if (version === null && stored)
      throw table === 'usernames' ? new UsernameTaken() : new Error('known key');
    if (aggregate === null) {
      rows.delete(key);
      if (table === 'accounts') this.#removeWhatHangsOff(key as AccountId);
      return;
    }
    if (table === 'accounts') this.#checkEmail(aggregate as Account);
    rows.set(key, { aggregate: copyOf(aggregate), version: (version ?? 0) + 1 });
  }

  #checkEmail({ id, email }: Account): void {
    if (this.all('accounts').some(other => other.id !== id && other.email.equals(email)))
      throw new EmailTaken();
  }

  #checkOpenTickets(): void {
    const open = this.all('tickets').filter(ticket => !isClosed(ticket));
    const subjects = open.map(ticket => `${ticket.subject} ${ticket.purpose} ${ticket.address.value}`);
    if (new Set(subjects).size < open.length) throw new Error('a second open ticket');
  }

  #removeWhatHangsOff(accountId: AccountId): void {
    this.#table('profiles').delete(accountId);
    for (const claim of this.all('usernames'))
      if (claim.accountId === accountId) this.#table('usernames').delete(claim.key);
    for (const registration of this.all('registrations'))
      if (registration.accountId === accountId) this.#table('registrations').delete(registration.id);
  }
}

/** Whether it was used or replaced, however old it is. */
export const isClosed = (ticket: MailTicket): boolean => !ticket.isOpen(new Date(0));
