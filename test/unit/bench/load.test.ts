import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { drive, type Script } from '../../../scripts/bench/load.ts';

const load = async (
  listener: RequestListener,
  scripts: readonly Script[],
  { seconds = 0, now = () => 0 }: { seconds?: number; now?: () => number } = {},
) => {
  const server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  try {
    return await drive((server.address() as AddressInfo).port, seconds, scripts, now);
  } finally {
    server.closeAllConnections();
    server.close();
  }
};

const aScript = (changes: Partial<Script> = {}): Script => ({
  request: () => 'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
  check: status => (status === 200 ? null : `status ${status}`),
  ...changes,
});

test('every connection finishes the request it has begun when the time is over', async () => {
  const outcome = await load((_request, response) => response.end('{}'), [aScript(), aScript(), aScript()]);

  expect(outcome.requests).toBe(3);
  expect(outcome.latenciesMs).toHaveLength(3);
  expect(outcome.failures.size).toBe(0);
});

test('an answer that is not as expected is counted by what is wrong with it', async () => {
  const refuse: RequestListener = (_request, response) =>
    response.writeHead(503, { 'Content-Length': 0 }).end();
  const outcome = await load(refuse, [aScript(), aScript()]);

  expect([...outcome.failures]).toEqual([['status 503', 2]]);
});

test('a connection that the server cuts is counted, and no answer is made up for it', async () => {
  const outcome = await load(request => request.socket.destroy(), [aScript()]);

  expect(outcome.requests).toBe(0);
  expect([...outcome.failures]).toEqual([['the connection was closed', 1]]);
});

test('an answer that arrives in pieces counts once, when it is whole', async () => {
  const heads: string[] = [];
  const dribble: RequestListener = (_request, response) => {
    response.writeHead(200, { 'Content-Length': 6, 'Set-Cookie': 'a=1' });
    response.write('abc', () => response.end('def'));
  };
  const check: Script['check'] = (_status, head) => {
    heads.push(head);
    return null;
  };
  const outcome = await load(dribble, [aScript({ check })]);

  expect(outcome.requests).toBe(1);
  expect(heads).toEqual([expect.stringContaining('a=1')]);
});

test('a connection sends its next request only after the answer to the last, and can use what it said', async () => {
  let given = 0;
  const used: string[] = [];
  const giveNext: RequestListener = (request, response) => {
    used.push(request.url ?? '');
    response.writeHead(200, { 'Content-Length': 0, 'X-Next': `/${++given}` }).end();
  };
  let next = '/0';
  const script = aScript({
    request: () => `GET ${next} HTTP/1.1\r\nHost: x\r\n\r\n`,
    check: (_status, head) => {
      next = /x-next: (\S+)/i.exec(head)?.[1] ?? '';
      return null;
    },
  });
  let milliseconds = 0;
  await load(giveNext, [script], { seconds: 0.05, now: () => milliseconds++ });

  expect(used.length).toBeGreaterThan(1);
  expect(used).toEqual(used.map((_url, index) => `/${index}`));
});
