import type { Report } from '../report.ts';

const KEPT = 10_000;

export interface KeptReport extends Report {
  /** The end of what was told so far, and at most ten thousand characters of it. */
  log(): string;
}

/** Passes everything on, and keeps the end of it. */
export const keptReport = (report: Report): KeptReport => {
  let log = '';
  const keep = (line: string): void => {
    log = `${log}${new Date().toISOString()} ${line}\n`.slice(-KEPT);
  };
  return {
    log: () => log,
    progress: (done, total) => report.progress(done, total),
    step: (code, text) => {
      keep(text);
      report.step(code, text);
    },
    warn: (code, text) => {
      keep(`WARNING: ${text}`);
      report.warn(code, text);
    },
  };
};
