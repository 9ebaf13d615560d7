import type pg from 'pg';
import { connectTo, disconnect, rowsOf } from '../postgres/server.ts';

/** Somebody who is connected to a database. */
export interface Session {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  /** Whether our user may end it: its own, those of roles it is a member of, and, for a superuser, all. */
  readonly can_be_ended: boolean;
}

// A role that may not look into others' sessions still sees whose they are.
const SESSIONS = `select a.pid, r.rolname as "user", coalesce(a.application_name, '') as application,
    me.rolsuper or (not r.rolsuper
      and (pg_has_role(r.oid, 'USAGE') or pg_has_role('pg_signal_backend', 'USAGE'))) as can_be_ended
  from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
    cross join (select rolsuper from pg_roles where rolname = current_user) me
  where a.datid = any ($1::oid[]) and a.pid <> pg_backend_pid() order by a.pid`;

export const sessionsIn = (client: pg.ClientBase, databases: readonly number[]): Promise<Session[]> =>
  rowsOf<Session>(client, SESSIONS, [databases]);

/** `4711 (postgres, psql)` */
export const describeSession = ({ pid, user, application }: Session): string =>
  `${pid} (${application === '' ? user : `${user}, ${application}`})`;

const EVERY_MS = 50;

/** Ends sessions for as long as it is held. */
export interface Eviction extends AsyncDisposable {
  /** Those that were there at the last look, and that our user may not end. */
  stubborn(): readonly Session[];
}

/** Ends every session in these databases again and again, because pools and exporters come back at once. */
export const evictFrom = async (maintenanceUrl: string, databases: readonly number[]): Promise<Eviction> => {
  const client = await connectTo(maintenanceUrl);
  let stubborn: readonly Session[] = [];
  let next: NodeJS.Timeout | undefined;
  let ended = false;
  const round = async (): Promise<void> => {
    const sessions = await sessionsIn(client, databases);
    stubborn = sessions.filter(session => !session.can_be_ended);
    for (const { pid, can_be_ended } of sessions)
      // It may have ended meanwhile, or become one that we may not end.
      if (can_be_ended) await rowsOf(client, 'select pg_terminate_backend($1)', [pid]).catch(() => undefined);
  };
  let turn = Promise.resolve();
  const go = (): void => {
    turn = round().catch(() => undefined);
    void turn.then(() => {
      if (!ended) next = setTimeout(go, EVERY_MS);
    });
  };
  go();
  return {
    stubborn: () => stubborn,
    [Symbol.asyncDispose]: async () => {
      ended = true;
      clearTimeout(next);
      await turn;
      await disconnect(client);
    },
  };
};
