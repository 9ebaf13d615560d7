import { pino, type DestinationStream, type Logger } from 'pino';
import { redacted } from './redaction.ts';
import { safeError } from './safe-error.ts';

export type { Logger } from 'pino';

/**
 * JSON lines on standard output. They are gathered for a tenth of a second or 4 kB, because a write per request costs
 * more than the request's own pipeline; `flushed` hurries them, and a normal exit loses none.
 */
export const createLogger = (level: string, destination: DestinationStream = toStandardOutput()): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // pino's own `redact` made a request's line several times as expensive, and looks no deeper than it is told.
      formatters: { level: label => ({ level: label }), log: redacted },
      serializers: { err: safeError },
    },
    destination,
  );

const toStandardOutput = (): DestinationStream =>
  pino.destination({ dest: 1, sync: false, minLength: 4_096, periodicFlush: 100 });

/** Resolves when everything logged so far has been written. */
export const flushed = (logger: Logger): Promise<void> =>
  new Promise(resolve => {
    logger.flush(() => resolve());
  });
