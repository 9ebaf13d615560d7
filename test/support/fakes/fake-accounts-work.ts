import type { AccountsWork, AccountsWorkFactory } from '../../../src/accounts/services/accounts-work.ts';
import type {
  AccountRepository,
  AuditRepository,
  MailTicketRepository,
  ProfileRepository,
  RegistrationRepository,
  UsernameClaimRepository,
} from '../../../src/accounts/domain/repositories.ts';
import type { MailTicket } from '../../../src/accounts/domain/mail-ticket.ts';
import type { Registration } from '../../../src/accounts/domain/registration.ts';
import { type DomainEvent, pullEvents } from '../../../src/shared/domain/events.ts';
import {
  type AccountsStore,
  isClosed,
  keyOf,
  type TableName,
  type Tables,
  type Write,
} from './accounts-store.ts';

interface Held {
  readonly table: TableName;
  readonly aggregate: object;
  /** Null for what this unit adds. */
  readonly version: number | null;
  readonly asLoaded: string;
}

const written = (aggregate: object): string => JSON.stringify({ ...aggregate });

/** A unit of work over an `AccountsStore`: sees what others have committed, and its own changes; keeps the contract. */
export class FakeAccountsWork implements AccountsWork {
  readonly accounts: AccountRepository;
  readonly profiles: ProfileRepository;
  readonly usernames: UsernameClaimRepository;
  readonly registrations: RegistrationRepository;
  readonly tickets: MailTicketRepository;
  readonly audit: AuditRepository;
  readonly #store: AccountsStore;
  readonly #held = new Map<string, Held>();
  readonly #removed = new Map<string, Write>();
  readonly #raised: DomainEvent[] = [];
  readonly #locks = new Map<string, () => void>();
  #isOpen = true;

  private constructor(store: AccountsStore) {
    this.#store = store;
    this.accounts = {
      add: account => this.#add('accounts', account),
      byId: id => Promise.resolve(this.#find('accounts', account => account.id === id)),
      byEmail: email => Promise.resolve(this.#find('accounts', account => account.email.equals(email))),
      remove: account => this.#remove('accounts', account),
    };
    this.profiles = {
      add: profile => this.#add('profiles', profile),
      byId: id => Promise.resolve(this.#find('profiles', profile => profile.id === id)),
      remove: profile => this.#remove('profiles', profile),
    };
    this.usernames = {
      add: claim => this.#add('usernames', claim),
      hold: async ({ key }) => {
        await this.#lock(`username ${key}`);
        return this.#find('usernames', claim => claim.key === key);
      },
      remove: claim => this.#remove('usernames', claim),
    };
    this.registrations = {
      add: registration => this.#add('registrations', registration),
      byId: id => Promise.resolve(this.#find('registrations', registration => registration.id === id)),
      newestOpenFor: (email, now) => {
        const open = this.#select('registrations', each => each.email.equals(email) && each.isOpen(now));
        return Promise.resolve(open.at(-1) ?? null);
      },
      removeAllFor: (email, accountId) => {
        const isTheirs = (each: Registration) => each.email.equals(email) || each.accountId === accountId;
        for (const registration of this.#select('registrations', isTheirs)) {
          for (const ticket of this.#select('tickets', each => each.subject === registration.id))
            this.#remove('tickets', ticket);
          this.#remove('registrations', registration);
        }
        for (const claim of this.#select('usernames', each => Reflect.get(each, '_email') === email.value))
          this.#remove('usernames', claim);
        return Promise.resolve();
      },
    };
    this.tickets = {
      add: ticket => {
        this.#add('tickets', ticket);
        return Promise.resolve();
      },
      byId: id => Promise.resolve(this.#find('tickets', ticket => ticket.id === id)),
      byTokenHash: async (purpose, tokenHash) => {
        await this.#lock(`ticket ${tokenHash}`);
        return this.#find('tickets', ticket => ticket.purpose === purpose && ticket.tokenHash === tokenHash);
      },
      removeAllFor: subject => {
        for (const ticket of this.#select('tickets', each => each.subject === subject))
          this.#remove('tickets', ticket);
        return Promise.resolve();
      },
      openFor: (subject, purpose) => {
        const isMeant = (each: MailTicket) => each.subject === subject && each.purpose === purpose;
        return Promise.resolve(this.#select('tickets', each => isMeant(each) && !isClosed(each)));
      },
    };
    this.audit = {
      add: entry => this.#add('audit', entry),
      pseudonymise: accountId => {
        for (const entry of this.#select('audit', each => each.accountId === accountId))
          Object.assign(entry, { _ip: null, _device: null });
        return Promise.resolve();
      },
    };
  }

  static over(store: AccountsStore): AccountsWorkFactory {
    return { begin: () => Promise.resolve(new FakeAccountsWork(store)) };
  }

  raise(event: DomainEvent): void {
    this.#raised.push(event);
  }

  async commit(): Promise<void> {
    await Promise.resolve();
    if (!this.#isOpen) throw new Error('This unit is over.');
    const removed = new Set(this.#removed.keys());
    const changed = [...this.#held].filter(
      ([name, held]) =>
        !removed.has(name) && (held.version === null || written(held.aggregate) !== held.asLoaded),
    );
    const writes = changed.map(([, { table, aggregate, version }]) => {
      const key = keyOf(aggregate as { readonly id: string });
      return { table, key, aggregate, version };
    });
    const events = [
      ...[...this.#held.values()].flatMap(({ aggregate }) => pullEvents(aggregate)),
      ...this.#raised.splice(0),
    ];
    // Other rows hang off accounts, so accounts are written first.
    const accountsFirst = writes.toSorted(
      (one, other) => Number(other.table === 'accounts') - Number(one.table === 'accounts'),
    );
    this.#store.apply([...accountsFirst, ...this.#removed.values()], events);
    this.#end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    return Promise.resolve();
  }

  #end(): void {
    this.#isOpen = false;
    for (const release of this.#locks.values()) release();
    this.#locks.clear();
  }

  async #lock(what: string): Promise<void> {
    if (!this.#locks.has(what)) this.#locks.set(what, await this.#store.lock(what));
  }

  #add(table: TableName, aggregate: { readonly id: string } | { readonly key: string }): void {
    const name = `${table} ${keyOf(aggregate)}`;
    this.#held.set(name, { table, aggregate, version: null, asLoaded: '' });
  }

  #remove(table: TableName, aggregate: { readonly id: string } | { readonly key: string }): void {
    const key = keyOf(aggregate);
    const held = this.#held.get(`${table} ${key}`);
    if (held?.version === null) this.#held.delete(`${table} ${key}`);
    else
      this.#removed.set(`${table} ${key}`, { table, key, aggregate: null, version: held?.version ?? null });
  }

  #find<Name extends TableName>(table: Name, isWanted: (row: Tables[Name]) => boolean): Tables[Name] | null {
    return this.#select(table, isWanted)[0] ?? null;
  }

  // What is committed by now, or what this unit has made of it; whatever is handed out the unit holds until it ends.
  #select<Name extends TableName>(table: Name, isWanted: (row: Tables[Name]) => boolean): Tables[Name][] {
    const held = [...this.#held.entries()].filter(
      ([name, each]) => each.table === table && !this.#removed.has(name),
    );
    const own = held.map(([, each]) => each.aggregate as Tables[Name]).filter(isWanted);
    const others = this.#store.all(table).filter(row => {
      const name = `${table} ${keyOf(row)}`;
      return !this.#held.has(name) && !this.#removed.has(name) && isWanted(row);
    });
    for (const row of others) {
      const version = this.#store.versionOf(table, keyOf(row));
      this.#held.set(`${table} ${keyOf(row)}`, { table, aggregate: row, version, asLoaded: written(row) });
    }
    return [...own, ...others].toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  }
}
