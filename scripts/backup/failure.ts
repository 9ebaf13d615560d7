/** What the command ends with, after sysexits.h, so that a scheduler can tell the cases apart. README lists them. */
export const EXIT = {
  done: 0,
  /** It was looked, and what was found is not well: the newest backup is too old, say. */
  unwell: 1,
  usage: 64,
  /** A backup that cannot be used: damaged, foreign, of an unknown version, or with the wrong key. */
  unusable: 65,
  /** There is no such backup, or none at all. */
  missing: 66,
  /** Postgres or the store cannot be reached, or says no. */
  unavailable: 69,
  /** A bug of ours. */
  internal: 70,
  /** The disk or the store is full. */
  full: 73,
  /** Another run is under way. No failure: nothing has to be done. */
  busy: 75,
  /** Not confirmed, or not allowed. */
  refused: 77,
  configuration: 78,
  /** Ctrl-C. */
  interrupted: 130,
  /** SIGTERM. */
  terminated: 143,
} as const;

export type ExitKind = keyof typeof EXIT;

/** What went wrong, in words for an admin. `code` is for machines and stays; the message holds no secret. */
export class BackupFailure extends Error {
  readonly exit: ExitKind;
  readonly code: string;

  constructor(exit: ExitKind, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BackupFailure';
    this.exit = exit;
    this.code = code;
  }
}
