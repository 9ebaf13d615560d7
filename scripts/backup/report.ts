/** Tells how far the work is, on standard error; the result alone goes to standard output. */
export interface Report {
  /** A new part of the work begins. `code` is stable, for machines and tests: `dumping`, `uploading`, ... */
  step(code: string, text: string): void;
  /** How far the present part is. Called as often as anything moves; what is written is limited. */
  progress(done: number, total: number | null): void;
  /** The work goes on, and somebody should know. */
  warn(code: string, text: string): void;
}

const EVERY_MS = 2_000;

/** Passes one of many through, so that a log is not flooded. */
const nowAndThen = (write: (done: number, total: number | null) => void): Report['progress'] => {
  let next = performance.now() + EVERY_MS;
  return (done, total) => {
    if (performance.now() < next) return;
    next = performance.now() + EVERY_MS;
    write(done, total);
  };
};

export const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

export const humanReport = (write: (line: string) => void): Report => ({
  step: (_code, text) => write(text),
  progress: nowAndThen((done, total) => {
    const share = total === null || total === 0 ? '' : ` of ${megabytes(total)}`;
    write(`  ${megabytes(done)}${share}`);
  }),
  warn: (_code, text) => write(`WARNING: ${text}`),
});

/** One JSON object a line. */
export const jsonReport = (write: (line: string) => void): Report => ({
  step: (step, text) => write(JSON.stringify({ step, text })),
  progress: nowAndThen((done, total) => write(JSON.stringify({ progress: { done, total } }))),
  warn: (warning, text) => write(JSON.stringify({ warning, text })),
});
