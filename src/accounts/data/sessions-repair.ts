import type { RestoreRepair } from '../../shared/services/restore-repair.ts';

// Epochs are whole numbers of 32 bits: seconds since here last until 2094.
const BEGINNING = Date.UTC(2026, 0, 1);

/**
 * Ends every session in the eyes of its account. A session that began after the backup may have a later epoch than its
 * account has again now, and the same backup may be restored twice, so the epoch moves beyond both: to the seconds of
 * the restore, which pass quicker than anybody can end sessions.
 */
export const sessionsRepair: RestoreRepair = {
  name: 'accounts.sessions',
  mend: async (sql, { snapshotAt, restoredAt }) => {
    // A clock that stands before the backup is wrong.
    const now = Math.max(snapshotAt.getTime(), restoredAt.getTime());
    const [row] = await sql.query<{ accounts: number }>(
      `with ended as (
         update accounts set epoch = greatest(epoch + 1, $1), kept_session = null, version = version + 1 returning 1
       )
       select count(*)::integer as accounts from ended`,
      [Math.floor((now - BEGINNING) / 1_000)],
    );
    return [
      `Accounts whose sessions are over: ${row?.accounts ?? 0}. People log in again, with the password that they had ` +
        'when the backup was made.',
    ];
  },
};
