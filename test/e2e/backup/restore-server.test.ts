import { emptyRedisUrl } from '../../support/redis-server.ts';
import { type ServerProcess, startServer } from '../../support/server-process.ts';
import { aMember, ask, Device, type Reply } from '../faults/support/device.ts';
import { until } from '../faults/support/until.ts';
import { expectRestored, RestoreSite } from './support/restore-site.ts';

let site: RestoreSite;
let server: ServerProcess;

beforeAll(async () => {
  site = await RestoreSite.open();
  server = await startServer({
    ...{ DATABASE_URL: site.database.url, REDIS_URL: await emptyRedisUrl() },
    ...{ ACCOUNT_VERIFICATION: 'none', RATE_LIMITS: 'off' },
  });
});
afterAll(async () => {
  await server.stop();
  await site[Symbol.asyncDispose]();
});

/** Asks all the time, until it is told to stop. */
const visitor = (visit: () => Promise<Reply>): (() => Promise<Reply[]>) => {
  const stop = new AbortController();
  const visiting = (async () => {
    const replies: Reply[] = [];
    while (!stop.signal.aborted) replies.push(await visit());
    return replies;
  })();
  return () => {
    stop.abort();
    return visiting;
  };
};

describe('a server that is asked all the time while its database is restored', () => {
  it('answers 503 or works, and afterwards is well by itself, with the restored data', async () => {
    const earlier = await aMember(server.url);
    await site.backUp();
    const later = await aMember(server.url);
    const device = await Device.loggedIn(server.url, earlier);
    const laterDevice = await Device.loggedIn(server.url, later);
    const visitors = [
      visitor(() => device.me(server.url)),
      visitor(() => ask(server.url, 'GET', '/readyz')),
      visitor(() => ask(server.url, 'GET', '/v1/articles')),
      visitor(() => new Device(earlier).logIn(server.url)),
    ];

    const ended = await site.restore();

    await until('it is ready', async () => (await ask(server.url, 'GET', '/readyz')).status === 200);
    const replies = (await Promise.all(visitors.map(stop => stop()))).flat();
    await expectRestored(site, ended);
    expect(ended.result.sessions_ended).toBe(true);
    const statuses = new Set(replies.map(({ status }) => status));
    // 403 is what a session that has ended is answered; 401 a login whose account was replaced while it was under way,
    // as if its password had just been changed.
    expect([...statuses].filter(status => ![200, 401, 403, 503].includes(status))).toEqual([]);
    expect(statuses).toContain(200);
    expect(await device.me(server.url)).toMatchObject({ status: 403 });
    expect((await device.refresh(server.url)).status).not.toBe(200);
    expect((await laterDevice.refresh(server.url)).status).not.toBe(200);
    expect(await new Device(earlier).logIn(server.url)).toMatchObject({ status: 200 });
    expect((await new Device(later).logIn(server.url)).status).not.toBe(200);
    const waiting = await site.admin.sql('select 1 from outbox');
    expect(waiting).toEqual([]);
  });

  it('is told of going back as well', async () => {
    const member = await aMember(server.url);
    await site.backUp();
    const device = await Device.loggedIn(server.url, member);
    const { result } = await site.restore();
    await until('it is ready', async () => (await ask(server.url, 'GET', '/readyz')).status === 200);
    const between = await aMember(server.url);
    const lost = await Device.loggedIn(server.url, between);
    const rewound = await Device.loggedIn(server.url, member);

    const ended = await site.admin.run(['restore', '--undo', String(result.kept), '--confirm', site.name]);

    expect(ended).toMatchObject({ code: 0, result: { sessions_ended: true } });
    await until('it is ready', async () => (await ask(server.url, 'GET', '/readyz')).status === 200);
    expect(await site.said()).toBe('after');
    expect((await device.refresh(server.url)).status).not.toBe(200);
    expect((await lost.refresh(server.url)).status).not.toBe(200);
    expect(await lost.me(server.url)).toMatchObject({ status: 403 });
    expect((await rewound.refresh(server.url)).status).not.toBe(200);
    expect(await new Device(member).logIn(server.url)).toMatchObject({ status: 200 });
  });
});
