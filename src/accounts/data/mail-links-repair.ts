import type { MailPurpose } from '../domain/mail-ticket.ts';
import type { RestoreRepair } from '../../shared/services/restore-repair.ts';

/**
 * Links that let their finder in, or an address be changed. One that was used after the backup is open again, and must
 * not count twice. The others stay: verifying also takes the password of the registration, and the way back to the old
 * address may have been needed by the owner against a thief, and is needed once more.
 */
const CLOSED: readonly MailPurpose[] = ['reset-password', 'confirm-email'];

export const mailLinksRepair: RestoreRepair = {
  name: 'accounts.mail-links',
  mend: async (sql, { restoredAt }) => {
    const closed = await sql.query(
      `update mail_tickets set closed_at = $1, version = version + 1
       where closed_at is null and purpose = any ($2::text[]) returning id`,
      [restoredAt, CLOSED],
    );
    if (closed.length === 0) return [];
    return [
      `Links in mails that were closed: ${closed.length}. To set a password or change an address people ask anew.`,
    ];
  },
};
