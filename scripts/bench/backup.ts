// Holds a whole backup and a whole restore against what Postgres's own tools need for the same data. Started with
// `node scripts/bench/backup.ts [--rows 2000000] [--rounds 3]`; the exit code is 1 when a bar is missed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { type PostgresTools, findTools, runTool } from '../backup/postgres/postgres-tools.ts';
import { databaseCalled, maintenanceUrl } from '../backup/postgres/server.ts';
import { startPostgres } from '../services/postgres-server.ts';
import { projectRoot } from '../services/project.ts';
import { failWith } from '../services/report.ts';
import { fillForBackup } from './backup-rows.ts';
import { median } from './statistics.ts';

const BAR = 1.5;
const MEMORY_BAR_MB = 200;
const PEAK_EVERY_MS = 10;

interface Measured {
  readonly seconds: number;
  readonly peakMb: number;
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
};

/** The most memory that a process has held so far, by proc(5). */
const peakOf = (pid: number): number => {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
};

/** Our own command as an admin runs it, from the start of the process to its end. */
const ours = async (words: readonly string[], environment: NodeJS.ProcessEnv): Promise<Measured> => {
  let peakMb = 0;
  const seconds = await timed(async () => {
    const child = spawn(process.execPath, ['scripts/backup.ts', ...words], {
      cwd: projectRoot,
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const watch = setInterval(() => (peakMb = Math.max(peakMb, peakOf(child.pid ?? 0))), PEAK_EVERY_MS);
    const [code] = (await once(child, 'close')) as [number | null];
    clearInterval(watch);
    if (code !== 0) throw new Error(`backup ${words.join(' ')} ended with ${code ?? 'a signal'}:\n${said}`);
  });
  return { seconds, peakMb };
};

/** A plain restore, into a database that is made for it and dropped again. */
const plainRestore = async (
  tools: PostgresTools,
  client: pg.Client,
  url: string,
  dump: string,
): Promise<number> => {
  const name = 'plain_restore';
  await client.query(`drop database if exists ${name} with (force)`);
  const seconds = await timed(async () => {
    await client.query(`create database ${name} template template0`);
    const words = ['--jobs=2', '--no-owner', '--no-privileges', '--exit-on-error', `--dbname=${name}`, dump];
    await runTool(tools.pgRestore, words, {
      databaseUrl: databaseCalled(url, name),
      signal: AbortSignal.timeout(600_000),
    });
  });
  await client.query(`drop database ${name} with (force)`);
  return seconds;
};

const dropSafetyCopies = async (client: pg.Client): Promise<void> => {
  const { rows } = await client.query<{ datname: string }>(
    `select datname from pg_database where datname ~ '^daymark_'`,
  );
  for (const { datname } of rows)
    await client.query(`drop database if exists ${pg.escapeIdentifier(datname)} with (force)`);
};

const line = (name: string, floor: readonly number[], product: readonly Measured[]): boolean => {
  const [one, other] = [median(floor), median(product.map(({ seconds }) => seconds))];
  const peak = Math.max(...product.map(({ peakMb }) => peakMb));
  const ratio = other / one;
  console.log(
    `${name.padEnd(36)}${one.toFixed(2).padStart(7)} s${other.toFixed(2).padStart(8)} s${ratio.toFixed(2).padStart(8)}${peak.toFixed(0).padStart(8)} MB`,
  );
  return ratio <= BAR && peak <= MEMORY_BAR_MB;
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: { rows: { type: 'string', default: '2000000' }, rounds: { type: 'string', default: '3' } },
  });
  const folder = await mkdtemp(join(tmpdir(), 'daymark-bench-backup-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const server = await startPostgres(await mkdtemp(join(folder, 'postgres-')), { temporary: true });
  stack.defer(() => server.stop());
  const client = new pg.Client({ connectionString: maintenanceUrl(server.url) });
  await client.connect();
  stack.defer(() => client.end());
  console.error('Filling the database');
  await fillForBackup(server.url, Number(values.rows));
  const { rows } = await client.query<{ size: string; version: number }>(
    `select pg_size_pretty(pg_database_size('daymark')) as size, current_setting('server_version_num')::int as version`,
  );
  const tools = findTools(rows[0]?.version ?? 0);
  const environment = {
    PATH: process.env.PATH,
    DATABASE_URL: server.url,
    DATA_DIR: join(folder, 'data'),
    // As `npm start` has it, so that what is measured is not the reading of our own sources.
    NODE_COMPILE_CACHE: join(projectRoot, '.local/compile-cache'),
  };
  const dump = join(folder, 'plain.dump');
  const results = {
    dumps: [] as number[],
    runs: [] as Measured[],
    plain: [] as number[],
    restores: [] as Measured[],
  };
  const signal = AbortSignal.timeout(3_600_000);
  for (let round = 1; round <= Number(values.rounds); round++) {
    console.error(`Round ${round} of ${values.rounds}`);
    results.dumps.push(
      await timed(() =>
        runTool(tools.pgDump, ['--format=custom', `--file=${dump}`], { databaseUrl: server.url, signal }),
      ),
    );
    results.runs.push(await ours(['run'], environment));
    results.plain.push(await plainRestore(tools, client, server.url, dump));
    results.restores.push(await ours(['restore', '--confirm', 'daymark'], environment));
    await dropSafetyCopies(client);
  }
  console.log(
    `${values.rows} rows, ${rows[0]?.size ?? '?'}, ${tools.version}, medians of ${values.rounds} rounds\n`,
  );
  console.log(`${''.padEnd(36)}    plain     ours   ratio     peak (bars: ${BAR}, ${MEMORY_BAR_MB} MB)`);
  const holds = [
    line('pg_dump -Fc, run', results.dumps, results.runs),
    line('pg_restore -j2, restore', results.plain, results.restores),
  ];
  if (holds.includes(false)) process.exitCode = 1;
};

await main().catch(failWith);
