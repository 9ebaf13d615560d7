import { HELD_BY_RESTORE } from './outbox.ts';
import type { EventHandler } from '../services/event-handler.ts';
import type { RestoreRepair } from '../services/restore-repair.ts';

/**
 * Everything that waited when the backup was made may have been done since. Our own data was undone again, so what
 * concerns it is due once more; mails are not undone, so each of them is held until an admin has decided.
 *
 * An event with handlers of both kinds is split. Its mail gets an id of its own, because links are made from it: one
 * that was mailed and used after the backup must not open anything again.
 */
export const outboxRepair = (
  reachingPeople: readonly Pick<EventHandler, 'eventType' | 'name'>[],
): RestoreRepair => ({
  name: 'shared.outbox',
  mend: async (sql, { restoredAt }) => {
    // The workers that held these events are those of another time.
    await sql.query('update outbox set lease = null, leased_until = null where lease is not null');
    const held = await sql.query(
      `with reaching as (
         select type, array_agg(name) as names from unnest($1::text[], $2::text[]) as handler (type, name) group by type
       ), mails as (
         select outbox.*, reaching.names from outbox join reaching using (type)
         where gave_up_at is null and not names <@ done_handlers
       ), held as (
         insert into outbox
           (id, type, payload, occurred_at, next_attempt_at, attempts, done_handlers, last_error, gave_up_at)
         select gen_random_uuid(), type, payload, occurred_at, next_attempt_at, attempts, done_handlers, $4, $3
         from mails
       )
       update outbox set done_handlers = outbox.done_handlers || mails.names
       from mails where outbox.id = mails.id returning outbox.id`,
      [
        reachingPeople.map(({ eventType }) => eventType),
        reachingPeople.map(({ name }) => name),
        restoredAt,
        HELD_BY_RESTORE,
      ],
    );
    if (held.length === 0) return ['No mail was waiting.'];
    return [
      `Mails held, for they were waiting and may have been sent since: ${held.length}. "make admin outbox" lists them, ` +
        '"make admin retry-event ID" sends one, "make admin retry-held" all of them.',
    ];
  },
});
