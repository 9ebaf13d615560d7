import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../../scripts/services/project.ts';

const run = promisify(execFile);

const PROGRAM = `
  import { readConfiguration } from './src/configuration.ts';
  import { withDevelopmentSecrets } from './src/development-secrets.ts';
  // All go at the same instant, in the folders one after the other.
  const made = [];
  const begin = Number(process.env.BEGIN);
  for (const [index, folder] of process.env.FOLDERS.split(',').entries()) {
    const configuration = readConfiguration({ ...process.env, DATA_DIR: folder });
    while (Date.now() < begin + index * 50);
    const { sessionSecrets, passwordPeppers } = withDevelopmentSecrets(configuration);
    made.push([sessionSecrets, passwordPeppers]);
  }
  console.log(JSON.stringify(made));`;

test('processes that start together on an empty folder agree on their secrets and on one key', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'daymark-secrets-'));
  const folders = Array.from({ length: 20 }, (_, index) => join(folder, String(index)));
  const env = {
    PATH: process.env.PATH,
    FOLDERS: folders.join(','),
    BEGIN: String(Date.now() + 3_000),
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
    REDIS_URL: 'redis://127.0.0.1:1',
  };
  const started = Array.from({ length: 3 }, () =>
    run(process.execPath, ['--input-type=module', '-e', PROGRAM], { cwd: projectRoot, env }),
  );

  const printed = (await Promise.all(started)).map(({ stdout }) => stdout);

  expect(new Set(printed).size).toBe(1);
  expect(printed[0]).not.toContain('""');
  for (const each of folders) {
    const secrets = join(each, 'secrets');
    expect((await readdir(secrets)).sort()).toEqual(['password-pepper', 'session-secret', 'signing-keys']);
    expect(await readdir(join(secrets, 'signing-keys'))).toHaveLength(1);
  }
  await rm(folder, { recursive: true });
});
