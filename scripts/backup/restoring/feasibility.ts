import type pg from 'pg';
import { BackupFailure } from '../failure.ts';
import { requireSpace } from '../free-space.ts';
import type { Manifest } from '../manifest.ts';
import { findTools, type PostgresTools } from '../postgres/postgres-tools.ts';
import {
  connectTo,
  databaseFailure,
  databaseNameOf,
  disconnect,
  maintenanceUrl,
  rowsOf,
} from '../postgres/server.ts';
import { describeSession, sessionsIn } from './sessions.ts';
import type { BackupSettings } from '../settings.ts';
import { removeLeftovers } from '../work-files.ts';
import type { Report } from '../report.ts';

/** What a server says of itself, of us, and of the database that is to be replaced. */
export interface Ground {
  readonly serverVersion: number;
  readonly tools: PostgresTools;
  /** Null when there is no database of this name. */
  readonly live: { readonly oid: number; readonly owner: string } | null;
  /** Who is to own what is restored; null for the user of the URL. */
  readonly owner: string | null;
}

interface Facts {
  readonly server_version: number;
  readonly user: string;
  readonly may_create: boolean;
  readonly free: number;
  readonly oid: number | null;
  readonly owner: string | null;
  readonly is_ours: boolean | null;
}

const FACTS = `select current_setting('server_version_num')::int as server_version, me.rolname as "user",
    me.rolsuper or me.rolcreatedb as may_create,
    least(
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - (select sum(numbackends) from pg_stat_database where datid <> 0),
      case when me.rolsuper or me.rolconnlimit < 0 then null else me.rolconnlimit
        - (select count(*) from pg_stat_activity where usesysid = me.oid) end)::int as free,
    d.oid, pg_get_userbyid(d.datdba) as owner, pg_has_role(d.datdba, 'USAGE') as is_ours
  from pg_roles me left join pg_database d on d.datname = $1 where me.rolname = current_user`;

/** One holds the locks, one renames, and one ends sessions; while `pg_restore` runs, one looks on. */
const CONNECTIONS_BESIDES_JOBS = 3;

const majorOf = (version: number): number => Math.floor(version / 10_000);

const checkVersions = ({ id, database, archive }: Manifest, serverVersion: number): PostgresTools => {
  const [made, here] = [majorOf(database.server_version), majorOf(serverVersion)];
  if (here < made)
    throw new BackupFailure(
      'unusable',
      'server_too_old',
      `Backup ${id} was made of Postgres ${made}, and this server is Postgres ${here}. Restore it to Postgres ${made} or newer.`,
    );
  const tools = Number(/(\d+)/.exec(archive.made_by)?.[1] ?? 0);
  return findTools(Math.max(here, tools) * 10_000);
};

const checkRole = ({ user, may_create, is_ours, owner, free }: Facts, live: string, needed: number): void => {
  if (!may_create)
    throw new BackupFailure(
      'refused',
      'may_not_create',
      `The user ${user} may not make databases. Let a superuser run: ALTER ROLE "${user}" CREATEDB;`,
    );
  if (is_ours === false)
    throw new BackupFailure(
      'refused',
      'not_owner',
      `The database ${live} belongs to ${owner}, and the user ${user} may not replace it. Let a superuser run: ALTER DATABASE "${live}" OWNER TO "${user}";`,
    );
  if (free < needed)
    throw new BackupFailure(
      'unavailable',
      'too_few_connections',
      `Postgres has ${Math.max(0, free)} connections left for ${user}, and ${needed} are needed. Set BACKUP_JOBS to less, or raise max_connections or the user's CONNECTION LIMIT.`,
    );
};

const factsOf = async (client: pg.Client, name: string): Promise<Facts> => {
  const [facts] = await rowsOf<Facts>(client, FACTS, [name]);
  if (facts === undefined) throw new TypeError('Postgres does not know who we are.');
  return facts;
};

/**
 * Everything that would stop a restore half-way is looked for before anything is done.
 * @param willReplace warns of sessions that cannot be ended, and wants the database to be ours
 * @throws {BackupFailure} with what an admin can do
 */
export const checkGround = async (
  settings: Pick<BackupSettings, 'databaseUrl' | 'workDirectory' | 'jobs'>,
  manifest: Manifest,
  { willReplace }: { readonly willReplace: boolean },
  report: Report,
  signal: AbortSignal,
): Promise<Ground> => {
  const { databaseUrl, workDirectory, jobs } = settings;
  const name = databaseNameOf(databaseUrl);
  const client = await connectTo(maintenanceUrl(databaseUrl), signal);
  try {
    const facts = await factsOf(client, name);
    const tools = checkVersions(manifest, facts.server_version);
    checkRole(willReplace ? facts : { ...facts, is_ours: null }, name, jobs + CONNECTIONS_BESIDES_JOBS);
    await requireSpace(workDirectory, 0);
    await removeLeftovers(workDirectory);
    await requireSpace(workDirectory, manifest.archive.dump_bytes);
    const live = facts.oid === null ? null : { oid: facts.oid, owner: facts.owner ?? facts.user };
    const isForAnother = willReplace && live !== null && live.owner !== facts.user;
    if (willReplace && live !== null) {
      const stubborn = (await sessionsIn(client, [live.oid])).filter(session => !session.can_be_ended);
      if (stubborn.length > 0)
        report.warn(
          'sessions_remain',
          `The user ${facts.user} may not end these sessions, and the database cannot be replaced before they end: ${stubborn.map(describeSession).join(', ')}`,
        );
    }
    return {
      serverVersion: facts.server_version,
      tools,
      live,
      owner: isForAnother ? live.owner : null,
    };
  } catch (error) {
    signal.throwIfAborted();
    throw databaseFailure(error, databaseUrl, 'looking at the server');
  } finally {
    await disconnect(client);
  }
};
