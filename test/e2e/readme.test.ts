import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { emptyRedisUrl } from '../support/redis-server.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';

const run = promisify(execFile);

let database: TestDatabase;
let server: ServerProcess;
let folder: string;

beforeAll(async () => {
  database = await createDatabase();
  server = await startServer({ DATABASE_URL: database.url, REDIS_URL: await emptyRedisUrl() });
  folder = await mkdtemp(join(tmpdir(), 'daymark-readme-'));
});

afterAll(async () => {
  await server.stop();
  await database.drop();
  await rm(folder, { recursive: true });
});

/** The commands of the first session, each with the output that the README shows below it. */
const session = async (): Promise<{ command: string; shown: string }[]> => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const section = /## A first session\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? '';
  const pairs = section.matchAll(/```sh\n([\s\S]*?)```\s+```(?:json|text)\n([\s\S]*?)```/g);
  return [...pairs].map(([, command = '', shown = '']) => ({ command, shown }));
};

// What differs from run to run: ids, instants, tokens, the names of images, and where the server listens.
const settled = (text: string): string =>
  text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<instant>')
    .replaceAll(/"id":"[\w-]{22}"/g, '"id":"<session>"')
    .replaceAll(/images\/[a-z0-9]{26}/g, 'images/<key>')
    .replaceAll(/http:\/\/(localhost|127\.0\.0\.1):\d+/g, '<site>')
    .trim();

test('the first session in the README works as written and answers what is shown', async () => {
  const steps = await session();
  const end = '--- end of step ---';
  const script = steps.map(({ command }) => `${command}\necho\necho '${end}'`).join('\n');

  const { stdout } = await run('bash', ['-e', '-c', script.replaceAll('http://localhost:3000', server.url)], {
    cwd: folder,
  });

  expect(steps.length).toBeGreaterThanOrEqual(10);
  expect(stdout.split(end).slice(0, -1).map(settled)).toEqual(steps.map(({ shown }) => settled(shown)));
});
