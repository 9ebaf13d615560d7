import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Heartbeat } from '../../../scripts/backup/making/heartbeat.ts';
import { HeardReport } from '../../support/backups.ts';

let server: Server;
let base: string;
let report: HeardReport;
let asked: { url: string | undefined; body: string }[];
let answer: (response: ServerResponse, url: string) => void;

beforeEach(async () => {
  asked = [];
  report = new HeardReport();
  answer = response => response.end('OK');
  server = createServer((request, response) => {
    void text(request).then(body => {
      asked.push({ url: request.url, body });
      answer(response, request.url ?? '');
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping/key`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
});

const SHORT = { usual: 200, hurried: 50 };
const codes = (): readonly string[] => report.warnings.map(({ code }) => code);

test.each([
  ['success', 0, ''],
  ['a failure with its exit code', 73, '/73'],
])('the beginning is told, and %s with the log', async (_what, code, path) => {
  const heartbeat = new Heartbeat(base, report);

  heartbeat.start();
  await heartbeat.end(code, 'what was told');

  expect(asked).toEqual([
    { url: '/ping/key/start', body: '' },
    { url: `/ping/key${path}`, body: 'what was told' },
  ]);
  expect(codes()).toEqual([]);
});

test('a query and a slash at the end stay where they belong', async () => {
  await new Heartbeat(`${base}/?token=1`, report).end(1, '');

  expect(asked.map(({ url }) => url)).toEqual(['/ping/key/1?token=1']);
});

test('without a URL nobody is asked', async () => {
  const heartbeat = new Heartbeat(undefined, report);

  heartbeat.start();
  await heartbeat.end(0, '');

  expect(asked).toEqual([]);
});

test('the end is told after the beginning, however slow the watchdog is', async () => {
  const heartbeat = new Heartbeat(base, report);
  const late: ServerResponse[] = [];
  answer = (response, url) => (url.endsWith('/start') ? late.push(response) : response.end());

  heartbeat.start();
  const ending = heartbeat.end(0, '');
  while (late.length === 0) await new Promise(resolve => setImmediate(resolve));
  expect(asked).toHaveLength(1);
  late[0]?.end();
  await ending;

  expect(asked.map(({ url }) => url)).toEqual(['/ping/key/start', '/ping/key']);
});

test.each<[string, (response: ServerResponse) => void]>([
  ['answers 500', response => response.writeHead(500).end('no')],
  ['redirects', response => response.writeHead(302, { location: 'http://127.0.0.1:9/elsewhere' }).end()],
  ['never answers', () => undefined],
  ['sends headers and no end', response => response.writeHead(503).write('.')],
  ['breaks the connection', response => response.destroy()],
])('a watchdog that %s is a warning and nothing else', async (_what, how) => {
  answer = how;
  const heartbeat = new Heartbeat(base, report, SHORT);

  heartbeat.start();
  await heartbeat.end(0, '');

  expect(codes()).toEqual(['heartbeat_failed', 'heartbeat_failed']);
  expect(JSON.stringify(report.warnings)).not.toContain('key');
});

test('whoever is stopped does not wait for the beginning', async () => {
  answer = () => undefined;
  const heartbeat = new Heartbeat(base, report, { usual: 1_000_000, hurried: 50 });

  heartbeat.start();
  await heartbeat.end(143, '', { isHurried: true });

  expect(codes()).toEqual(['heartbeat_failed']);
  expect(asked.map(({ url }) => url)).toContain('/ping/key/143');
});
