import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { startProxy } from '../../support/tcp-proxy.ts';
import { Admin } from './support/admin.ts';

let admin: Admin;
let server: Server;
let asked: { url: string | undefined; body: string }[];
let status: number;

beforeEach(async () => {
  admin = await Admin.arrive();
  asked = [];
  status = 200;
  server = createServer((request, response) => {
    void text(request).then(body => {
      asked.push({ url: request.url, body });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  admin.environment.BACKUP_HEARTBEAT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
  await admin[Symbol.asyncDispose]();
});

const paths = (): readonly (string | undefined)[] => asked.map(({ url }) => url);

test('a watchdog hears of the beginning and of success, with the log', async () => {
  const { result } = await admin.run();

  expect(paths()).toEqual(['/ping/start', '/ping']);
  expect(asked[1]?.body).toContain(`as ${String(result.id)}:`);
  expect(asked[1]?.body).not.toContain(new URL(admin.database.url).password);
});

test('a watchdog hears of a failure, with its exit code and its reason', async () => {
  await admin.useTool('pg_dump', 'echo "permission denied" >&2; exit 1');

  await admin.run();

  expect(paths()).toEqual(['/ping/start', '/ping/69']);
  expect(asked[1]?.body).toContain('pg_read_all_data');
});

test('a watchdog hears nothing of a run that found another one at work', async () => {
  const client = new pg.Client({ connectionString: admin.database.url });
  await client.connect();
  await client.query('begin; lock table accounts in access exclusive mode');
  const first = admin.start(['run'], { BACKUP_LOCK_TIMEOUT: '30' });
  await first.says('"step":"snapshot"');
  asked = [];

  expect((await admin.run()).code).toBe(75);

  expect(asked).toEqual([]);
  await client.end();
  await first.ended;
});

test('a watchdog that is itself unwell changes nothing', async () => {
  status = 500;

  const { code, errors } = await admin.run();

  expect(code).toBe(0);
  expect(errors.match(/heartbeat_failed/g)).toHaveLength(2);
  expect(await admin.listed()).toHaveLength(1);
});

test('a Postgres that takes connections and says nothing ends the run by itself, and the watchdog hears of it', async () => {
  const url = new URL(admin.database.url);
  const proxy = await startProxy(url.hostname, Number(url.port));
  proxy.freeze();
  url.host = `127.0.0.1:${proxy.port}`;

  const { code, result } = await admin.run(['run'], { DATABASE_URL: url.href });

  await proxy.close();
  expect([code, result.code]).toEqual([69, 'database_unreachable']);
  expect(paths()).toEqual(['/ping/69']);
});
