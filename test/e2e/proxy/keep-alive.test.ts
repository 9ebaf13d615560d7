import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectRoot } from '../../../scripts/services/project.ts';
import { startSurface, type Surface } from '../../support/common-surface.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { emptyRedisUrl } from '../../support/redis-server.ts';
import { startReverseProxy, type ReverseProxy } from '../../support/reverse-proxy.ts';
import { startServer, type ServerProcess } from '../../support/server-process.ts';
import { until } from '../faults/support/until.ts';

/** What proxies do that nobody told otherwise; Go's `http.Transport` and with it Traefik. */
const USUAL_IDLE_SECONDS = 90;

describe('a server process', () => {
  let database: TestDatabase;
  let server: ServerProcess;
  let proxy: ReverseProxy;

  beforeAll(async () => {
    database = await createDatabase();
    server = await startServer({
      DATABASE_URL: database.url,
      REDIS_URL: await emptyRedisUrl(),
      WORKER: 'off',
      // Ended by the test.
      DRAIN_DELAY: '600',
    });
    // A proxy that will not notice by itself that the server is about to stop.
    proxy = await startReverseProxy([server.url], { checkEveryMs: 600_000 });
  });

  afterAll(async () => {
    await proxy.close();
    await server.stop('SIGKILL');
    await database.drop();
  });

  const paths = ['/healthz', '/v1/articles', '/v1/accounts/me', '/no/such/page'];
  const askAll = (entry: string): Promise<Response[]> =>
    Promise.all(paths.map(path => fetch(`${entry}${path}`)));

  test('keeps idle connections longer than any proxy, ours and the usual ones, whatever it answered', async () => {
    const file = join(projectRoot, 'traefik', 'dynamic', 'transports.yml');
    const { http } = parse(await readFile(file, 'utf8')) as {
      http: { serversTransports: Record<string, { forwardingTimeouts: { idleConnTimeout: string } }> };
    };
    const ours = Object.values(http.serversTransports).map(({ forwardingTimeouts }) =>
      Number(/^(\d+)s$/.exec(forwardingTimeouts.idleConnTimeout)?.[1]),
    );

    const advertised = (await askAll(server.url)).map(({ headers }) =>
      Number(/^timeout=(\d+)$/.exec(headers.get('keep-alive') ?? '')?.[1]),
    );

    expect(ours.length).toBeGreaterThan(0);
    for (const seconds of advertised)
      for (const idle of [...ours, USUAL_IDLE_SECONDS]) expect(seconds).toBeGreaterThan(idle);
  });

  test('that is about to stop lets go of its connections, one with each answer, and answers as ever', async () => {
    await askAll(proxy.url);
    const before = await until('connections are kept', () => proxy.idle(server.url) || null);
    process.kill(server.pid, 'SIGTERM');
    await until('the server drains', async () => (await fetch(`${server.url}/readyz`)).status === 503);

    const statuses: number[] = [];
    for (let round = 0; round < before; round++)
      statuses.push(...(await askAll(proxy.url)).map(({ status }) => status));

    await until('no connection is kept', () => proxy.idle(server.url) === 0);
    expect(statuses).toEqual(Array.from({ length: before }, () => [200, 200, 403, 404]).flat());
    expect((await askAll(server.url)).map(({ headers }) => headers.get('connection'))).toEqual(
      paths.map(() => 'close'),
    );
    expect(proxy.retries()).toBe(0);
  });
});

describe('of a server and a proxy', () => {
  let surface: Surface;
  let proxy: ReverseProxy;

  afterEach(async () => {
    await proxy.close();
    await surface.close();
  });

  /** Who ended the connection over which a request came, once it was idle for long enough. */
  const whoEnds = async (keepAliveMs: number, idleMs: number): Promise<'proxy' | 'server'> => {
    surface = await startSurface({
      timeouts: { headersMs: 10_000, requestMs: 30_000, keepAliveMs, checkEveryMs: 1_000 },
    });
    proxy = await startReverseProxy([surface.url], { idleMs });
    const ended = new Promise<'proxy' | 'server'>(resolve => {
      surface.server.on('request', ({ method, socket }: { method?: string; socket: Socket }) => {
        if (method !== 'DELETE') return;
        socket.once('end', () => resolve('proxy')).once('close', () => resolve('server'));
      });
    });
    await fetch(`${proxy.url}/healthz`, { method: 'DELETE' });
    return await ended;
  };

  // The product's 95 s and the 90 s of a proxy, a hundred times as fast.
  test('the proxy is the one to end an idle connection, so it never sends into one that is being closed', async () => {
    expect(await whoEnds(950, 900)).toBe('proxy');
  });

  test('the server would be the one, if it were less patient', async () => {
    expect(await whoEnds(50, 90_000)).toBe('server');
  });
});
