import { spawnSync } from 'node:child_process';
import type { ServiceUrls } from './private-services.ts';
import { projectRoot } from './project.ts';

const succeeds = (...words: string[]): boolean =>
  spawnSync('docker', words, { stdio: 'ignore', timeout: 10_000 }).status === 0;

/** Whether a Docker engine runs; the command alone is not enough. */
export const hasCompose = (): boolean => succeeds('info') && succeeds('compose', 'version');

const compose = (...words: string[]): void => {
  // Its progress goes to the error output, as ours does: the output proper is for a shell to evaluate.
  const result = spawnSync('docker', ['compose', ...words], { cwd: projectRoot, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) throw new Error(`docker compose ${words.join(' ')} failed.`);
};

/** Starts the databases of `docker-compose.yml` and waits until they are healthy. */
export const composeUp = (): ServiceUrls => {
  compose('up', '--detach', '--wait');
  return {
    DATABASE_URL: `postgres://daymark:daymark@127.0.0.1:${process.env.DEV_POSTGRES_PORT || 5433}/daymark`,
    REDIS_URL: `redis://127.0.0.1:${process.env.DEV_REDIS_PORT || 6380}`,
  };
};

export const composeDown = (): void => compose('down');
