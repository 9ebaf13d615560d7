import { randomUUID } from 'node:crypto';
import type { RestoreFacts } from '../../../src/shared/services/restore-repair.ts';
import { newId } from '../../../src/shared/services/new-id.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { repair } from '../../support/rewind.ts';
import { connected } from '../../support/template-database.ts';

const SNAPSHOT = new Date('2031-05-01T03:00:00Z');
const RESTORED = new Date('2031-05-01T12:00:00Z');
const FACTS: RestoreFacts = {
  backupId: '20310501T030000Z-0123abcd',
  snapshotAt: SNAPSHOT,
  restoredAt: RESTORED,
};

const dropping = (types: string): string =>
  `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as statement from pg_constraint
   where contype = any ('${types}') and connamespace = 'public'::regnamespace`;

/** In this order: what others depend on comes later. */
const STRIPPING = [
  `select format('drop trigger %I on %s', tgname, tgrelid::regclass) as statement from pg_trigger where not tgisinternal`,
  dropping('{f}'),
  dropping('{p,u}'),
  `select format('drop index %s', indexrelid::regclass) as statement from pg_index
   join pg_class c on c.oid = indrelid where c.relnamespace = 'public'::regnamespace`,
];

/** As a database is after its rows were restored, and before anything that only needs them. */
const strip = ({ url }: TestDatabase): Promise<unknown> =>
  connected(url, async client => {
    for (const findings of STRIPPING) {
      const { rows } = await client.query<{ statement: string }>(findings);
      for (const { statement } of rows) await client.query(statement);
    }
  });

const leaveAsItIs = (): Promise<void> => Promise.resolve();

// A restore repairs before there are indexes, where nothing is to be migrated; else, and when it is undone, after.
describe.each<[string, (database: TestDatabase) => Promise<unknown>]>([
  ['whole', leaveAsItIs],
  ['without its triggers, keys and indexes', strip],
])('in a database %s', (_how, prepare) => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createDatabase();
    await prepare(database);
  });
  afterEach(() => database.drop());

  const rows = async <Row extends object>(text: string, ...values: unknown[]): Promise<Row[]> =>
    connected(database.url, async client => (await client.query<Row>(text, values)).rows);

  const anAccount = async (epoch: number, keptSession: string | null = null): Promise<string> => {
    const id = newId();
    await rows(
      `insert into accounts (id, email, email_verified, password_hash, role, standing, epoch, kept_session, created_at,
       updated_at)
     values ($1, $1::uuid || '@example.org', true, 'x', 'member', 'active', $2, $3, $4, $4)`,
      id,
      epoch,
      keptSession,
      SNAPSHOT,
    );
    return id;
  };

  const epochOf = async (
    id: string,
  ): Promise<{ epoch: number; kept_session: string | null; version: number }> =>
    (await rows<never>('select epoch, kept_session, version from accounts where id = $1', id))[0]!;

  interface EventFacts {
    readonly done?: readonly string[];
    readonly leased?: boolean;
    readonly gaveUpAt?: Date;
  }

  const anEvent = async (
    type: string,
    { done = [], leased = false, gaveUpAt }: EventFacts = {},
  ): Promise<string> => {
    const id = newId();
    await rows(
      `insert into outbox (id, type, payload, occurred_at, next_attempt_at, attempts, done_handlers, lease, leased_until,
       gave_up_at)
     values ($1, $2, $3, $4, $4, 2, $5, $6, $7, $8)`,
      ...[id, type, { account_id: 'a' }, SNAPSHOT, done],
      ...(leased ? [randomUUID(), new Date('2031-05-01T03:01:00Z')] : [null, null]),
      gaveUpAt ?? null,
    );
    return id;
  };

  const outbox = (): Promise<
    {
      id: string;
      type: string;
      done_handlers: string[];
      last_error: string | null;
      gave_up_at: Date | null;
    }[]
  > =>
    rows(
      `select id, type, done_handlers, last_error, gave_up_at from outbox
     where type <> 'shared.database-restored' order by gave_up_at is not null, occurred_at, id`,
    );

  describe('every account', () => {
    test('begins an epoch that no session from before can be in, and keeps none', async () => {
      const [young, busy] = [await anAccount(1), await anAccount(40, 'the-kept-one')];

      await repair(database.url, FACTS);

      // Seconds between the beginning of 2026 and the restore.
      const now = (RESTORED.getTime() - Date.UTC(2026, 0, 1)) / 1000;
      expect(await epochOf(young)).toEqual({ epoch: now, kept_session: null, version: 2 });
      expect(await epochOf(busy)).toEqual({ epoch: now, kept_session: null, version: 2 });
    });

    test('begins another one when the same backup is restored again', async () => {
      const id = await anAccount(3);

      await repair(database.url, FACTS);
      const first = await epochOf(id);
      // The same row again, as in the archive.
      await rows('update accounts set epoch = 3');
      await repair(database.url, { ...FACTS, restoredAt: new Date(RESTORED.getTime() + 1_000) });

      expect((await epochOf(id)).epoch).toBe(first.epoch + 1);
    });

    test('never goes back, also where a clock does', async () => {
      const id = await anAccount(1);
      await repair(database.url, FACTS);
      const { epoch } = await epochOf(id);

      await repair(database.url, { ...FACTS, restoredAt: new Date('2030-01-01T00:00:00Z') });

      expect((await epochOf(id)).epoch).toBe(epoch + 1);
    });

    test('whose database was restored by a clock before the backup begins an epoch after the backup', async () => {
      const id = await anAccount(1);

      await repair(database.url, { ...FACTS, restoredAt: new Date('2026-01-01T00:00:01Z') });

      expect((await epochOf(id)).epoch).toBe((SNAPSHOT.getTime() - Date.UTC(2026, 0, 1)) / 1000);
    });
  });

  describe('an event that waited at the time of the backup', () => {
    test('is held when it is a mail: nobody tries it, and an admin sees why', async () => {
      const id = await anEvent('accounts.password-forgotten');

      const lines = await repair(database.url, FACTS);

      const [rest, held] = await outbox();
      expect(rest).toMatchObject({ id, done_handlers: ['accounts.mail-reset'], gave_up_at: null });
      expect(held).toMatchObject({
        type: 'accounts.password-forgotten',
        done_handlers: [],
        last_error: 'held_by_restore',
        gave_up_at: RESTORED,
      });
      expect(held!.id).not.toBe(id);
      expect(lines.join('\n')).toContain(
        'Mails held, for they were waiting and may have been sent since: 1.',
      );
    });

    test('is due as before when it reaches nobody', async () => {
      const id = await anEvent('publishing.image-removed');

      await repair(database.url, FACTS);

      expect(await outbox()).toMatchObject([{ id, done_handlers: [], gave_up_at: null }]);
    });

    test('is split when it does both, with what was done on both sides', async () => {
      const id = await anEvent('accounts.account-closed', { done: ['guestbook.remove-greetings'] });

      await repair(database.url, FACTS);

      const done = ['guestbook.remove-greetings'];
      expect(await outbox()).toMatchObject([
        { id, done_handlers: [...done, 'accounts.mail-account-closed'], gave_up_at: null },
        { type: 'accounts.account-closed', done_handlers: done, last_error: 'held_by_restore' },
      ]);
    });

    test('is held for that of its two mails that was not sent yet', async () => {
      await anEvent('accounts.email-change-requested', { done: ['accounts.mail-email-confirmation'] });

      await repair(database.url, FACTS);

      const [, held] = await outbox();
      expect(held).toMatchObject({ done_handlers: ['accounts.mail-email-confirmation'] });
    });

    test('is left alone when its mails were sent and only the rest is to be done', async () => {
      const id = await anEvent('accounts.account-closed', { done: ['accounts.mail-account-closed'] });

      await repair(database.url, FACTS);

      expect(await outbox()).toMatchObject([{ id, gave_up_at: null, last_error: null }]);
    });

    test('belongs to no worker any more', async () => {
      await anEvent('publishing.image-removed', { leased: true });
      await anEvent('accounts.password-forgotten', { leased: true });

      await repair(database.url, FACTS);

      expect(await rows('select 1 from outbox where lease is not null or leased_until is not null')).toEqual(
        [],
      );
    });

    test('stays given up when it was', async () => {
      const gaveUpAt = new Date('2031-04-20T00:00:00Z');
      const id = await anEvent('accounts.password-forgotten', { gaveUpAt });

      await repair(database.url, FACTS);

      expect(await outbox()).toMatchObject([{ id, gave_up_at: gaveUpAt, last_error: null }]);
    });
  });

  test('the restore is announced to the workers, due at once by whatever clock', async () => {
    await repair(database.url, FACTS);

    expect(
      await rows(`select type, payload, occurred_at, next_attempt_at, attempts, gave_up_at from outbox`),
    ).toEqual([
      {
        type: 'shared.database-restored',
        payload: {
          backup_id: FACTS.backupId,
          snapshot_at: '2031-05-01T03:00:00.000Z',
          restored_at: '2031-05-01T12:00:00.000Z',
        },
        occurred_at: RESTORED,
        next_attempt_at: SNAPSHOT,
        attempts: 0,
        gave_up_at: null,
      },
    ]);
  });

  test('links to a new password or address are closed; those to an account or back to an old address stay', async () => {
    for (const purpose of ['verify-address', 'reset-password', 'confirm-email', 'undo-email'])
      await rows(
        `insert into mail_tickets (id, purpose, subject, address, token_hash, expires_at, was_used)
       values ($1, $2, $1, 'ada@example.org', $2, $3, false)`,
        newId(),
        purpose,
        new Date('2031-05-03T00:00:00Z'),
      );

    const lines = await repair(database.url, FACTS);

    const closed = await rows<{ purpose: string; closed_at: Date; was_used: boolean; version: number }>(
      'select purpose, closed_at, was_used, version from mail_tickets where closed_at is not null order by 1',
    );
    expect(closed).toEqual([
      { purpose: 'confirm-email', closed_at: RESTORED, was_used: false, version: 2 },
      { purpose: 'reset-password', closed_at: RESTORED, was_used: false, version: 2 },
    ]);
    expect(lines.join('\n')).toContain('Links in mails that were closed: 2.');
  });

  test('an admin reads what was done, and nobody’s address', async () => {
    const id = await anAccount(1);
    await anEvent('accounts.account-closed');

    const lines = await repair(database.url, FACTS);

    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain('Accounts whose sessions are over: 1.');
    expect(lines.join('\n')).not.toContain(id);
  });

  test('an empty database can be mended too', async () => {
    expect(await repair(database.url, FACTS)).toEqual(expect.arrayContaining(['No mail was waiting.']));
  });
});
