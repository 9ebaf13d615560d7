import type { ExitKind } from './failure.ts';
import type { Report } from './report.ts';
import type { BackupSettings } from './settings.ts';

/** What every command is given. */
export interface Surroundings {
  readonly settings: BackupSettings;
  readonly report: Report;
  /** Aborted by SIGINT and SIGTERM: stop, clean up, and let the reason pass. */
  readonly signal: AbortSignal;
  /** Asks the person at the terminal; null where there is none. */
  readonly ask: ((question: string) => Promise<string>) | null;
}

export interface Outcome {
  /** For a person; may have several lines. */
  readonly text: string;
  /** For a machine, with `--json`; snake_case. */
  readonly data: Readonly<Record<string, unknown>>;
  /** `done` unless said otherwise. */
  readonly exit?: ExitKind;
}

export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

export interface Command {
  readonly help: string;
  /** Besides `--json` and `--help`, which every command has. */
  readonly options: Readonly<
    Record<string, { readonly type: 'string' | 'boolean'; readonly help: string; readonly value?: string }>
  >;
  run(surroundings: Surroundings, options: OptionValues): Promise<Outcome>;
}
