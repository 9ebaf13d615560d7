import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../../scripts/services/project.ts';
import { emptyRedisUrl } from '../../support/redis-server.ts';
import { S3Double, S3_OWNER } from '../../support/s3-double.ts';
import { runProgram, type Program } from '../faults/support/program.ts';

const execute = promisify(execFile);

let store: S3Double;
let folder: string;
let environment: Record<string, string>;
let server: Program | null = null;
let url: string;

beforeAll(async () => {
  store = await S3Double.start({ buckets: ['daymark-backups'] });
  folder = await mkdtemp(join(tmpdir(), 'daymark-bad-night-'));
  environment = {
    DATA_DIR: folder,
    REDIS_URL: await emptyRedisUrl(),
    AWS_ACCESS_KEY_ID: S3_OWNER.accessKeyId,
    AWS_SECRET_ACCESS_KEY: S3_OWNER.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    BACKUP_S3_BUCKET: 'daymark-backups',
    BACKUP_S3_ENDPOINT: store.url,
    BACKUP_S3_FORCE_PATH_STYLE: 'on',
    ACCOUNT_VERIFICATION: 'none',
    PORT: '0',
  };
});

afterAll(async () => {
  await stop();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** Making a cluster and its first migrations take their time on a busy machine. */
const START_DEADLINE_MS = 60_000;

const start = async (): Promise<void> => {
  server = runProgram(['scripts/serve-api.ts'], environment);
  await server.says('Ctrl-C stops everything', START_DEADLINE_MS);
  url = /Daymark serves (\S+)/.exec(server.output())?.[1] ?? '';
};

const stop = async (): Promise<void> => {
  await server?.stop('SIGINT');
  server = null;
};

interface Step {
  readonly command: string;
  readonly shown: string;
}

const session = async (): Promise<Step[]> => {
  const readme = await readFile(join(projectRoot, 'README.md'), 'utf8');
  const section = /## A bad night\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? '';
  const pairs = section.matchAll(/```sh\n([\s\S]*?)```\s+```text\n([\s\S]*?)```/g);
  return [...pairs].map(([, command = '', shown = '']) => ({ command, shown }));
};

/** What is written to standard output. The commands run where the README is, with the data folder of this test. */
const run = async (command: string, variables: Readonly<Record<string, string>>): Promise<string> => {
  const here = command.replaceAll('.local/', `${folder}/`).replaceAll('http://localhost:3000', url);
  const { stdout } = await execute('bash', ['-e', '-c', here], {
    cwd: projectRoot,
    env: { PATH: process.env.PATH, ...environment, ...variables },
  });
  return stdout;
};

// What differs from run to run: ids, instants and how long things take.
const settled = (text: string): string =>
  text
    .replaceAll(/\d{8}T\d{6}Z-[a-z0-9]{8}/g, '<backup>')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<instant>')
    .replaceAll(/\d+(\.\d+)? (s|kB|MB)\b/g, '<number> $2')
    .replaceAll(/https?:\/\/(localhost|127\.0\.0\.1):\d+/g, '<store>')
    .replaceAll(/_before_\d{17}/g, '_before_<instant>')
    // Events on their way to their handlers are rows, too.
    .replaceAll(/\b\d+ rows\b/g, '<number> rows')
    .replaceAll(/(less than a|\d+) (minute|second)s? ago/g, '<ago>')
    .replaceAll(/ {2,}/g, '  ')
    .replaceAll(/( kB {2})\d+/g, '$1<rows>')
    .trim();

test('a database that is lost comes back from the bucket, as the README shows it', async () => {
  await start();
  const account = { email: 'ada@example.org', password: 'analytical engine 1843', username: 'ada' };
  await fetch(`${url}/v1/accounts/register`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(account),
  });
  const steps = await session();
  const answers: string[] = [];
  for (const { command } of steps) {
    // The README says to stop and to start the server between these.
    if (command.includes('rm -rf')) await stop();
    else if (server === null) await start();
    answers.push(await run(command, { API: url }));
  }

  expect(steps.length).toBe(4);
  expect(answers.map(settled)).toEqual(steps.map(({ shown }) => settled(shown)));
}, 180_000);
