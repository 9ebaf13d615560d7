import { connected } from '../../../support/template-database.ts';
import type { Person } from './device.ts';

/** Has the database note, in the same transaction, what enters the outbox: an event is gone from there once delivered. */
export const noteEvents = async (databaseUrl: string): Promise<void> => {
  await connected(databaseUrl, client =>
    client.query(
      `create table noted_events (payload jsonb not null);
       create function note_event() returns trigger language plpgsql as
         'begin insert into noted_events values (new.payload); return null; end';
       create trigger note_event after insert on outbox for each row execute function note_event()`,
    ),
  );
};

/**
 * What a registration of this person has left in the database: nothing, or everything. Where somebody delivers events
 * meanwhile, they are looked for among the noted ones.
 */
export const tracesOf = (
  databaseUrl: string,
  { email, username }: Person,
  events: 'outbox' | 'noted_events' = 'outbox',
): Promise<readonly string[]> =>
  connected(databaseUrl, async client => {
    const { rows } = await client.query<{ trace: string }>(
      `select 'registration' as trace from registrations where email = $1
       union all select 'claim' from username_claims where key = $2
       union all select 'account' from accounts where email = $1
       union all select 'profile' from profiles where username = $2
       union all select 'event' from ${events} e join registrations r on e.payload ->> 'registration_id' = r.id::text
         where r.email = $1
       order by 1`,
      [email, username],
    );
    return rows.map(({ trace }) => trace);
  });

/** The states of the server's connections to this database. */
export const connectionStates = (databaseUrl: string): Promise<readonly string[]> =>
  connected(databaseUrl, async client => {
    const { rows } = await client.query<{ state: string }>(
      `select state from pg_stat_activity
       where datname = current_database() and application_name = 'daymark' and state is not null`,
    );
    return rows.map(({ state }) => state);
  });
