import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { projectRoot } from '../../scripts/services/project.ts';
import { exchange, RawClient } from '../support/common-surface.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';

const PROGRAM = 'test/support/drain-server.ts';
const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const POST = (path: string) => `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`;

const started: ServerProcess[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop('SIGKILL');
});

const start = async (environment: Record<string, string> = {}) => {
  const server = await startServer(environment, PROGRAM);
  started.push(server);
  return { ...server, port: Number(new URL(server.url).port) };
};

const logged = async (server: ServerProcess, text: string): Promise<void> => {
  while (!server.logs().includes(text)) await new Promise(resolve => setTimeout(resolve, 10));
};

/** Waits for the process to end by itself: SIGCONT changes nothing. */
const ended = (server: ServerProcess): Promise<number> => server.stop('SIGCONT');

/** A request that is under way, and stays so until `/go` is asked. */
const slowRequest = async (server: ServerProcess & { port: number }): Promise<RawClient> => {
  const client = new RawClient(server.port);
  client.send(POST('/slow'));
  await logged(server, 'slow began');
  return client;
};

describe('after SIGTERM', () => {
  test('the process says that it is not ready, serves on for a while, and ends with code 0', async () => {
    const server = await start({ DRAIN_DELAY: '1' });
    const kept = new RawClient(server.port);
    kept.send(GET('/healthz'));
    await kept.answer();

    process.kill(server.pid, 'SIGTERM');
    await logged(server, '"stopping"');
    const ready = await exchange(server.port, GET('/readyz'));
    kept.send(GET('/healthz'));
    const onKept = await kept.answer();
    const code = await ended(server);

    expect([ready.status, ready.code]).toEqual([503, 'draining']);
    expect(onKept.status).toBe(200);
    expect(onKept.head).toMatch(/^connection: close$/im);
    expect(code).toBe(0);
    expect(server.logs()).toContain('resources closed');
    expect(server.logs()).toContain('"stopped"');
  });

  test('a request under way is finished, although nobody new is let in', async () => {
    const server = await start({ DRAIN_DELAY: '1' });
    const slow = await slowRequest(server);

    process.kill(server.pid, 'SIGTERM');
    await logged(server, '"stopping"');
    const helper = new RawClient(server.port);
    helper.send(GET('/go'));
    const answer = await slow.answer();

    expect(answer.status).toBe(200);
    expect(await ended(server)).toBe(0);
    expect((await exchange(server.port, GET('/healthz'))).status).toBe(0);
    helper.close();
  });

  test('connections without a whole request hold nobody up', async () => {
    const server = await start();
    const silent = new RawClient(server.port);
    const halfWay = new RawClient(server.port);
    halfWay.send('GET /healthz HTTP/1.1\r\n');
    const idle = new RawClient(server.port);
    idle.send(GET('/healthz'));
    await idle.answer();

    expect(await server.stop()).toBe(0);
    await Promise.all([silent.closed(), halfWay.closed(), idle.closed()]);
  });

  test('SIGINT means the same', async () => {
    const server = await start();

    expect(await server.stop('SIGINT')).toBe(0);
  });

  test('a second signal ends the process at once with code 1', async () => {
    const server = await start();
    await slowRequest(server);

    process.kill(server.pid, 'SIGTERM');
    await logged(server, '"stopping"');

    expect(await server.stop()).toBe(1);
  });

  test('a request that never ends is given up at the deadline, with code 1', async () => {
    const server = await start({ DRAIN_DEADLINE: '1' });
    await slowRequest(server);

    expect(await server.stop()).toBe(1);
    expect(server.logs()).toContain('not stopped in time');
  });
});

test('an error that nobody caught is logged, requests under way are finished, and the code is 1', async () => {
  const server = await start({ DRAIN_DELAY: '60' });
  const client = new RawClient(server.port);
  client.send(POST('/crash'));

  const answer = await client.answer();
  await logged(server, 'resources closed');

  expect(answer.status).toBe(200);
  expect(await ended(server)).toBe(1);
  expect(server.logs()).toContain('nobody catches this');
});

describe('a start that fails', () => {
  test('because the port is taken is logged and ends with code 1', async () => {
    const server = await start();

    await expect(startServer({ PORT: String(server.port) }, PROGRAM)).rejects.toThrow(/exit 1.*EADDRINUSE/s);
  });

  test('because the application cannot be built is logged and ends with code 1', async () => {
    await expect(startServer({ FAIL_TO_BUILD: 'yes' }, PROGRAM)).rejects.toThrow(/exit 1.*cannot be built/s);
  });

  test.each([['src/main.ts'], ['src/worker.ts']])(
    'because of the configuration of %s ends with code 78 and every problem at once',
    async program => {
      const child = spawn(process.execPath, [program], {
        cwd: projectRoot,
        env: { PATH: process.env.PATH, NODE_ENV: 'production', PORT: '70000' },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let errors = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
      const [code] = (await once(child, 'close')) as [number];

      expect(code).toBe(78);
      for (const name of ['PORT', 'DATABASE_URL', 'REDIS_URL', 'SESSION_SECRET', 'SMTP_URL'])
        expect(errors).toMatch(new RegExp(`^ *${name}\\b`, 'm'));
      expect(errors).not.toContain('    at ');
    },
  );
});
