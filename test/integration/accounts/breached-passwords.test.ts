import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  NoBreachedPasswords,
  RangeApiBreachedPasswords,
} from '../../../src/accounts/data/breached-passwords.ts';

const PASSWORD = 'correct horse battery staple';
const DIGEST = createHash('sha1').update(PASSWORD).digest('hex').toUpperCase();
const [PREFIX, SUFFIX] = [DIGEST.slice(0, 5), DIGEST.slice(5)];
const OTHER_ROW = `${'0'.repeat(34)}A:12`;

type Answer = (response: ServerResponse) => void;

const body =
  (text: string): Answer =>
  response =>
    response.end(text);

const opened: AsyncDisposable[] = [];

/** A range service on a local port that does what a real one might do on a bad day. */
const aService = async (answer: Answer) => {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(response);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  opened.push({
    [Symbol.asyncDispose]: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
};

const aList = (url: string, { deadlineMs = 5_000 } = {}) => {
  const failures: string[] = [];
  const list = new RangeApiBreachedPasswords(url, { deadlineMs, onFailure: reason => failures.push(reason) });
  return { list, failures };
};

afterEach(async () => {
  for (const server of opened.splice(0)) await server[Symbol.asyncDispose]();
});

describe('the list of breached passwords', () => {
  test('has a password that the service has seen', async () => {
    const service = await aService(body(`${OTHER_ROW}\r\n${SUFFIX}:3861493\r\n`));
    const { list, failures } = aList(service.url);

    expect(await list.includes(PASSWORD)).toBe(true);
    expect(failures).toEqual([]);
  });

  test('has not one that the service has not seen', async () => {
    const { list, failures } = aList((await aService(body(`${OTHER_ROW}\r\n`))).url);

    expect(await list.includes(PASSWORD)).toBe(false);
    expect(failures).toEqual([]);
  });

  test('rows with a count of zero are padding and match nothing', async () => {
    const { list } = aList((await aService(body(`${OTHER_ROW}\r\n${SUFFIX}:0\r\n`))).url);

    expect(await list.includes(PASSWORD)).toBe(false);
  });

  test('a mirror may answer in lower case and with plain line ends', async () => {
    const { list } = aList((await aService(body(`${OTHER_ROW}\n${SUFFIX.toLowerCase()}:1`))).url);

    expect(await list.includes(PASSWORD)).toBe(true);
  });

  test('only five characters of the hash leave, and a padded answer is asked for', async () => {
    const service = await aService(body(OTHER_ROW));
    await aList(`${service.url}/mirror/`).list.includes(PASSWORD);

    const [request] = service.asked;
    expect(request?.url).toBe(`/mirror/range/${PREFIX}`);
    expect(request?.headers['add-padding']).toBe('true');
    expect(JSON.stringify(request?.rawHeaders)).not.toContain(SUFFIX);
  });

  test('an answer is remembered, and a failure is not', async () => {
    let healthy = false;
    const service = await aService(response => {
      response.statusCode = healthy ? 200 : 500;
      response.end(`${SUFFIX}:1`);
    });
    const { list } = aList(service.url);

    const whileDown = await list.includes(PASSWORD);
    healthy = true;
    const afterwards = [await list.includes(PASSWORD), await list.includes(PASSWORD)];

    expect(whileDown).toBe(false);
    expect(afterwards).toEqual([true, true]);
    expect(service.asked).toHaveLength(2);
  });

  test('switched off, it has no password and asks nobody', async () => {
    expect(await new NoBreachedPasswords().includes()).toBe(false);
  });
});

describe('when the range service has a bad day, the password is let through and the failure is told', () => {
  const row = `${SUFFIX}:1\r\n`;

  test.each<[string, Answer, string]>([
    ['answers 500', response => response.writeHead(500).end(row), 'answered 500'],
    ['answers 429', response => response.writeHead(429).end(row), 'answered 429'],
    ['answers 204', response => response.writeHead(204).end(), 'answered 204'],
    [
      'redirects elsewhere',
      response =>
        response.req.url === '/elsewhere'
          ? response.end(row)
          : response.writeHead(302, { Location: '/elsewhere' }).end(),
      'could not be reached',
    ],
    ['answers a web page', body(`<html>${row}</html>`), 'answered something else than a range'],
    ['answers rows and garbage', body(`${row}garbage`), 'answered something else than a range'],
    ['answers nothing', body(''), 'answered something else than a range'],
    [
      'answers bytes that are no text',
      response => response.end(Buffer.alloc(900, 0xff)),
      'answered something else than a range',
    ],
    ['answers a megabyte', body(row.repeat(30_000)), 'answered too much'],
    [
      'cuts the body',
      response => {
        response.writeHead(200, { 'Content-Length': '9000' });
        response.write(row, () => response.destroy());
      },
      'could not be reached',
    ],
    ['hangs up at once', response => response.destroy(), 'could not be reached'],
  ])('%s', async (_name, answer, reason) => {
    const { list, failures } = aList((await aService(answer)).url);

    expect(await list.includes(PASSWORD)).toBe(false);
    expect(failures).toEqual([reason]);
  });

  test.each<[string, Answer]>([
    ['never answers', () => undefined],
    ['begins to answer and stops', response => response.writeHead(200).write(row)],
  ])('%s', async (_name, answer) => {
    const { list, failures } = aList((await aService(answer)).url, { deadlineMs: 50 });

    expect(await list.includes(PASSWORD)).toBe(false);
    expect(failures).toEqual(['did not answer in time']);
  });

  test('is not there at all', async () => {
    const { list, failures } = aList('http://127.0.0.1:1');

    expect(await list.includes(PASSWORD)).toBe(false);
    expect(failures).toEqual(['could not be reached']);
  });

  test('is named by an address that is none', async () => {
    const { list, failures } = aList('not an address');

    expect(await list.includes(PASSWORD)).toBe(false);
    expect(failures).toEqual(['could not be reached']);
  });

  test('waits a second and a half unless told otherwise', async () => {
    const service = await aService(() => undefined);
    const failures: string[] = [];
    const started = performance.now();

    await new RangeApiBreachedPasswords(service.url, { onFailure: reason => failures.push(reason) }).includes(
      PASSWORD,
    );

    expect(failures).toEqual(['did not answer in time']);
    expect(performance.now() - started).toBeGreaterThan(1_400);
  });
});
