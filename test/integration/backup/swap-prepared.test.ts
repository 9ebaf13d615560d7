import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { swapDatabases } from '../../../scripts/backup/restoring/swap.ts';
import type { PrivateServer } from '../../../scripts/services/private-server.ts';
import { startPostgres } from '../../../scripts/services/postgres-server.ts';
import { connected, databaseUrl } from '../../support/template-database.ts';

const report = { step: () => undefined, progress: () => undefined, warn: () => undefined };
const order = (url: string) => ({
  databaseUrl: databaseUrl(url, 'app'),
  live: 'app',
  replacement: 'app_restoring',
  keepAs: 'app_before_20260102030405',
});

describe('a database with a prepared transaction', () => {
  let server: PrivateServer;

  beforeAll(async () => {
    server = await startPostgres(await mkdtemp(join(tmpdir(), 'daymark-test-prepared-')), {
      temporary: true,
      settings: { fsync: 'off', max_prepared_transactions: '2' },
    });
    for (const name of ['app', 'app_restoring'])
      await connected(server.url, client => client.query(`create database ${name} template template0`));
  });

  afterAll(() => server.stop());

  it('is not swapped before that has ended, and the admin is told how to end it', async () => {
    const { databaseUrl: live } = order(server.url);
    await connected(live, async client => {
      await client.query('begin');
      await client.query('create table half_done (id integer)');
      await client.query(`prepare transaction 'it''s half done'`);
    });

    await expect(swapDatabases(order(server.url), report)).rejects.toMatchObject({
      exit: 'unavailable',
      code: 'prepared_transactions',
      message: expect.stringContaining(`ROLLBACK PREPARED 'it''s half done';`),
    });

    await connected(live, client => client.query(`rollback prepared 'it''s half done'`));
    expect(await swapDatabases(order(server.url), report)).toBe(true);
  });
});
