import { DATABASE_RESTORED } from '../domain/events.ts';
import { newId } from '../services/new-id.ts';
import type { RestoreRepair } from '../services/restore-repair.ts';

/** Tells whatever keeps something outside the database, once a worker runs on the restored one. */
export const restoreAnnouncement: RestoreRepair = {
  name: 'shared.announcement',
  mend: async (sql, { backupId, snapshotAt, restoredAt }) => {
    const payload = {
      backup_id: backupId,
      snapshot_at: snapshotAt.toISOString(),
      restored_at: restoredAt.toISOString(),
    };
    // Due since the snapshot: a worker whose clock is behind must not wait for it to come.
    await sql.query(
      `insert into outbox (id, type, payload, occurred_at, next_attempt_at) values ($1, $2, $3, $4, $5)`,
      [newId(), DATABASE_RESTORED, JSON.stringify(payload), restoredAt, snapshotAt],
    );
    return ['Sessions, counts and limits that Redis still has go as soon as a worker runs.'];
  },
};
