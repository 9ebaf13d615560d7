import { defineEntity, p } from '@mikro-orm/core';

/**
 * That a backup was made, proven or restored, or was tried in vain. Rows are data: the backup command writes them with
 * plain SQL, and the metrics read them. They stand in the database because it is the one place that the task which makes
 * backups and the server that is watched have in common.
 */
export const BackupRunMapping = defineEntity({
  name: 'BackupRun',
  tableName: 'backup_runs',
  indexes: [{ name: 'backup_runs_kind', properties: ['kind', 'finishedAt'] }],
  checks: [
    { name: 'backup_runs_kind_check', expression: `kind in ('backup', 'verify', 'drill', 'restore')` },
    { name: 'backup_runs_outcome_check', expression: `outcome in ('done', 'failed')` },
  ],
  properties: {
    id: p.uuid().primary(),
    kind: p.string().columnType('text'),
    outcome: p.string().columnType('text'),
    /** Which backup it was about, if it came that far. */
    backupId: p.string().columnType('text').nullable(),
    startedAt: p.datetime(3),
    finishedAt: p.datetime(3),
    /** The code of the failure. */
    failure: p.string().columnType('text').nullable(),
    /** Of the archive. */
    bytes: p.bigint('number').nullable(),
    /** Rows by table, so that the next backup notices a loss. */
    rows: p.json<Readonly<Record<string, number>>>().nullable(),
  },
});
