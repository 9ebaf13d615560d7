import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { swapDatabases, type SwapOrder } from '../../../scripts/backup/restoring/swap.ts';
import { until } from '../../e2e/faults/support/until.ts';
import { runProgram } from '../../e2e/faults/support/program.ts';
import { testServices } from '../../support/services.ts';
import { connected, databaseUrl, dropDatabases } from '../../support/template-database.ts';

const { maintenanceUrl } = testServices();
const stem = `swap_${randomBytes(4).toString('hex')}`;
const roles: string[] = [];
const clients: pg.Client[] = [];
const warnings: string[] = [];
const report = {
  step: () => undefined,
  progress: () => undefined,
  warn: (code: string, text: string) => void warnings.push(`${code}: ${text}`),
};

const asAdmin = <Row extends pg.QueryResultRow>(statement: string): Promise<Row[]> =>
  connected(maintenanceUrl, async client => (await client.query<Row>(statement)).rows);

/** Somebody who may make databases and nothing else; with databases of their own. */
const anOwner = async (): Promise<{ name: string; url: (database: string) => string }> => {
  const name = `${stem}_${randomBytes(3).toString('hex')}`;
  await asAdmin(`create role ${name} login createdb password 'known'`);
  roles.push(name);
  return {
    name,
    url: database => {
      const url = new URL(databaseUrl(maintenanceUrl, database));
      url.username = name;
      url.password = 'known';
      return url.href;
    },
  };
};

interface Pair {
  readonly owner: Awaited<ReturnType<typeof anOwner>>;
  readonly order: SwapOrder;
}

/** Two databases, told apart by what their one table holds. */
const aPair = async (): Promise<Pair> => {
  const owner = await anOwner();
  const live = `${stem}_${randomBytes(3).toString('hex')}`;
  const order = {
    databaseUrl: owner.url(live),
    live,
    replacement: `${live}_restoring`,
    keepAs: `${live}_before_20260102030405`,
  };
  for (const name of [order.live, order.replacement]) {
    await connected(owner.url('postgres'), client =>
      client.query(`create database ${name} template template0`),
    );
    await connected(owner.url(name), client => client.query(`create table was as select '${name}' as name`));
  }
  return { owner, order };
};

const connect = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  clients.push(client);
  return client;
};

/** What the database of this name was called when it was made. */
const origin = (url: string): Promise<string> =>
  connected(
    url,
    async client => (await client.query<{ name: string }>('select name from was')).rows[0]!.name,
  );

const names = async ({ live }: SwapOrder): Promise<string[]> => {
  const rows = await asAdmin<{ datname: string }>(
    `select datname from pg_database where starts_with(datname, '${live}') order by 1`,
  );
  return rows.map(row => row.datname.slice(live.length));
};

const expectNothingChanged = async ({ owner, order }: Pair): Promise<void> => {
  expect(await names(order)).toEqual(['', '_restoring']);
  expect(await origin(owner.url(order.live))).toBe(order.live);
  expect(await origin(owner.url(order.replacement))).toBe(order.replacement);
};

const expectSwapped = async ({ owner, order }: Pair): Promise<void> => {
  expect(await names(order)).toEqual(['', '_before_20260102030405']);
  expect(await origin(owner.url(order.live))).toBe(order.replacement);
};

beforeEach(() => void warnings.splice(0));

afterEach(async () => {
  await Promise.all(clients.splice(0).map(client => client.end().catch(() => undefined)));
});

afterAll(async () => {
  await dropDatabases(maintenanceUrl, stem);
  for (const role of roles)
    await asAdmin(`drop owned by ${role} cascade`).then(() => asAdmin(`drop role ${role}`));
});

describe('a swap by an ordinary role', () => {
  it('puts the new database in place and keeps the old one, closed', async () => {
    const pair = await aPair();
    const { owner, order } = pair;

    expect(await swapDatabases(order, report)).toBe(true);

    await expectSwapped(pair);
    await expect(connect(owner.url(order.keepAs))).rejects.toThrow(/not currently accepting/);
    await asAdmin(`alter database ${order.keepAs} allow_connections true`);
    expect(await origin(owner.url(order.keepAs))).toBe(order.live);
  });

  it('only renames when there is no old database', async () => {
    const pair = await aPair();
    await asAdmin(`drop database ${pair.order.live}`);

    expect(await swapDatabases(pair.order, report)).toBe(false);

    expect(await names(pair.order)).toEqual(['']);
    expect(await origin(pair.owner.url(pair.order.live))).toBe(pair.order.replacement);
  });

  it('ends sessions that idle in a transaction, hold locks, or sit in the new database', async () => {
    const pair = await aPair();
    const { owner, order } = pair;
    const idle = await connect(owner.url(order.live));
    await idle.query('begin');
    await idle.query('lock table was in access exclusive mode');
    const busy = await connect(owner.url(order.live));
    const sleeping = busy.query('select pg_sleep(600)').catch((error: unknown) => (error as Error).message);
    await connect(owner.url(order.replacement));

    await swapDatabases(order, report);

    await expectSwapped(pair);
    expect(await sleeping).toMatch(/terminat/i);
    await expect(idle.query('select 1')).rejects.toThrow();
  });

  it('gets through while others reconnect all the time, and they get the new database', async () => {
    const pair = await aPair();
    const { owner, order } = pair;
    const others = new AbortController();
    const seen = new Set<string>();
    const visit = async (): Promise<void> => {
      // Not `connected`: nobody there listens when a session is ended in between.
      const client = await connect(owner.url(order.live));
      const { rows } = await client.query<{ name: string }>('select name from was');
      for (const { name } of rows) seen.add(name);
      await client.end();
    };
    const reconnect = async (): Promise<void> => {
      while (!others.signal.aborted) await visit().catch(() => undefined);
    };
    const pool = Promise.all(Array.from({ length: 6 }, reconnect));
    await until('others are in', () => seen.has(order.live));

    await swapDatabases(order, report);

    await until('others see the new one', () => seen.has(order.replacement));
    others.abort();
    await pool;
    await expectSwapped(pair);
  });

  it('keeps the settings, privileges, comment, limit and owner of the old database', async () => {
    const pair = await aPair();
    const { owner, order } = pair;
    const group = await anOwner();
    const reader = await anOwner();
    for (const statement of [
      `comment on database ${order.live} is 'it''s "ours"'`,
      `alter database ${order.live} connection limit 77`,
      `alter database ${order.live} set search_path = public, "Odd, one"`,
      `alter database ${order.live} set work_mem = '5MB'`,
      `alter database ${order.live} set statement_timeout = '1min'`,
      `alter role ${owner.name} in database ${order.live} set work_mem = '6MB'`,
      `revoke all on database ${order.live} from public`,
      `grant connect on database ${order.live} to ${reader.name} with grant option`,
      `grant ${group.name} to ${owner.name}`,
      `alter database ${order.live} owner to ${group.name}`,
    ])
      await asAdmin(statement);
    const look = `select shobj_description(oid, 'pg_database') as comment, datconnlimit, datacl::text, pg_get_userbyid(datdba) as owner,
      (select array_agg(setrole::text || array_to_string(setconfig, '|') order by setrole) from pg_db_role_setting where setdatabase = d.oid) as settings
      from pg_database d where datname = '${order.live}'`;
    const before = await asAdmin(look);

    await swapDatabases(order, report);

    expect(await asAdmin(look)).toEqual(before);
    expect(before).toMatchObject([{ comment: `it's "ours"`, datconnlimit: 77, owner: group.name }]);
    expect(warnings).toEqual([]);
  });

  it('tells what only a superuser can carry over, and swaps all the same', async () => {
    const pair = await aPair();
    await asAdmin(`alter database ${pair.order.live} set log_statement = 'all'`);
    await asAdmin(`alter database ${pair.order.live} set daymark.colour = 'red=1'`);

    await swapDatabases(pair.order, report);

    await expectSwapped(pair);
    expect(warnings).toEqual([
      expect.stringMatching(/^not_carried_over: .*log_statement = all/),
      expect.stringMatching(/^not_carried_over: .*daymark.colour = red=1/),
    ]);
  });

  it('changes nothing when a superuser will not leave, and names the session', async () => {
    const pair = await aPair();
    const stubborn = await connect(databaseUrl(maintenanceUrl, pair.order.live));
    const { rows } = await stubborn.query<{ pid: number }>('select pg_backend_pid() as pid');

    const swapping = swapDatabases(pair.order, report, 1);

    await expect(swapping).rejects.toMatchObject({ exit: 'unavailable', code: 'database_in_use' });
    await expect(swapping).rejects.toThrow(new RegExp(`Nothing has changed\\..*\\b${rows[0]!.pid} \\(`));
    expect((await stubborn.query('select 1')).rowCount).toBe(1);
    await expectNothingChanged(pair);
  });

  it('waits for a superuser who leaves in time', async () => {
    const pair = await aPair();
    const stubborn = await connect(databaseUrl(maintenanceUrl, pair.order.live));

    const swapping = swapDatabases(pair.order, report);
    await until('it waits', () => isRenaming(pair.order.live));
    await stubborn.end();

    await swapping;
    await expectSwapped(pair);
  });

  it('lets nobody in between: a connection made meanwhile waits', async () => {
    const pair = await aPair();
    const stubborn = await connect(databaseUrl(maintenanceUrl, pair.order.replacement));

    const swapping = swapDatabases(pair.order, report);
    await until('it waits', () => isRenaming(pair.order.replacement));
    let isIn = false;
    const newcomer = connect(pair.owner.url(pair.order.live)).then(
      () => (isIn = true),
      (error: unknown) => (error as Error).message,
    );
    await until('it waits again', () => isRenaming(pair.order.replacement));
    expect(isIn).toBe(false);
    await stubborn.end();

    await swapping;
    expect(await newcomer).toMatch(/does not exist/);
    await expectSwapped(pair);
  });

  it('is undone by the server when it is killed between the two renames', async () => {
    const pair = await aPair();
    // Not to be ended by an ordinary role, so the second rename waits.
    const stubborn = await connect(databaseUrl(maintenanceUrl, pair.order.replacement));
    const program = runProgram(
      [
        '--input-type=module',
        '--eval',
        `import { swapDatabases } from './scripts/backup/restoring/swap.ts';
         const report = { step() {}, progress() {}, warn() {} };
         await swapDatabases(${JSON.stringify(pair.order)}, report);`,
      ],
      {},
    );
    await until('the second rename waits', () => isRenaming(pair.order.replacement));

    expect(await program.stop('SIGKILL')).toBe(-9);

    await stubborn.end();
    await until('the server has let go', async () => !(await isRenaming(pair.order.replacement)));
    await expectNothingChanged(pair);
    await swapDatabases(pair.order, report);
    await expectSwapped(pair);
  });

  it('says so when the replacement is gone', async () => {
    const pair = await aPair();
    await asAdmin(`drop database ${pair.order.replacement}`);

    await expect(swapDatabases(pair.order, report)).rejects.toMatchObject({ code: 'replacement_gone' });
    expect(await origin(pair.owner.url(pair.order.live))).toBe(pair.order.live);
  });
});

const isRenaming = async (name: string): Promise<boolean> => {
  const rows = await asAdmin(
    `select from pg_stat_activity where state = 'active' and query like 'alter database "${name}" rename%'`,
  );
  return rows.length > 0;
};
