/** What a restore brought back, as its repairs need it. */
export interface RestoreFacts {
  readonly backupId: string;
  /** When the backup was taken: nothing in the database is younger. */
  readonly snapshotAt: Date;
  /** Now, by the clock of the restore. Whatever began before it belongs to the time that was undone. */
  readonly restoredAt: Date;
}

/** Statements inside the one transaction of all repairs. */
export interface RepairSql {
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/**
 * Makes restored data fit for use: a database rewinds, and the world around it does not. Runs once on the restored
 * database, in the schema of this build and before anybody else uses it. There may be no indexes, keys and triggers yet:
 * then rows change in a third of the time. What lives elsewhere, such as sessions in Redis, is left to the handlers of
 * `shared.database-restored`, an event that one of the repairs stores.
 */
export interface RestoreRepair {
  /** Unique among all repairs. */
  readonly name: string;
  /** Answers lines for the admin who restores: what was changed, in plain words, without anything secret or personal. */
  mend(sql: RepairSql, facts: RestoreFacts): Promise<readonly string[]>;
}
