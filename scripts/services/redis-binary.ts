import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const PLACES = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** `redis-server`, or Valkey under its own name; null when this machine has neither. */
const findRedis = (): string | null => {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(folder => folder !== ''), ...PLACES];
  const paths = ['redis-server', 'valkey-server'].flatMap(name => folders.map(folder => join(folder, name)));
  return paths.find(isExecutable) ?? null;
};

const isRootOnDebian = (): boolean =>
  process.getuid?.() === 0 && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get');

// Debian asks this file whether a package may start its service: 101 means no.
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';

const withoutStartingServices = (action: () => boolean): boolean => {
  const ours = !existsSync(SERVICE_POLICY);
  if (ours) writeFileSync(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return action();
  } finally {
    if (ours) rmSync(SERVICE_POLICY, { force: true });
  }
};

const quietly = (command: string, ...words: string[]): boolean => {
  const result = spawnSync(command, words, {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (result.status !== 0) console.error(result.error?.message ?? result.stderr.trimEnd());
  return result.status === 0;
};

const installRedis = (): boolean => {
  console.error('Redis is missing: installing redis-server with apt-get ...');
  const apt = (...words: string[]) => quietly('apt-get', '-o', 'DPkg::Lock::Timeout=120', ...words);
  const installed = withoutStartingServices(
    () => apt('update') && apt('install', '-y', '--no-install-recommends', 'redis-server'),
  );
  // Nobody asked for a Redis on the standard port after the next boot.
  return installed && quietly('update-rc.d', 'redis-server', 'disable');
};

/** The Redis server of this machine, installed first where that is possible; null when there is no way to get one. */
export const provideRedis = (): string | null =>
  findRedis() ?? (isRootOnDebian() && installRedis() ? findRedis() : null);
