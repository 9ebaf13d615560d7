import { mailLinksRepair } from './accounts/data/mail-links-repair.ts';
import { sessionsRepair } from './accounts/data/sessions-repair.ts';
import { accountMailHandlers } from './accounts/services/account-event-handlers.ts';
import { outboxRepair } from './shared/data/outbox-repair.ts';
import { restoreAnnouncement } from './shared/data/restore-announcement.ts';
import type { RestoreRepair } from './shared/services/restore-repair.ts';

/** Everything that a restore mends in the database, in this order, in one transaction. */
export const restoreRepairs: readonly RestoreRepair[] = [
  sessionsRepair,
  mailLinksRepair,
  outboxRepair(accountMailHandlers),
  restoreAnnouncement,
];
