import { existsSync } from 'node:fs';
import { flushed, type Logger } from './logger.ts';

export interface StopPlan {
  /** What to do before the process may end. `crashed`: something is broken, so be quick. */
  readonly stop: (crashed: boolean) => Promise<void>;
  /** After this long the process ends with code 1, whatever is still open. */
  readonly deadlineSeconds: number;
}

/**
 * Ends the process in order on SIGTERM or SIGINT: code 0 when everything was closed in time. A second signal or the
 * deadline ends it at once with code 1. An error that nobody caught is logged and leads to the same orderly end with
 * code 1: what it left behind cannot be trusted, but the requests under way did nothing wrong.
 */
export const stopInOrder = (logger: Logger, { stop, deadlineSeconds }: StopPlan): void => {
  let exitCode = 0;
  let stopping = false;
  const begin = (crashed: boolean): void => {
    stopping = true;
    const deadline = setTimeout(() => {
      logger.error({ deadline_seconds: deadlineSeconds }, 'not stopped in time');
      void exit(logger, 1);
    }, deadlineSeconds * 1_000);
    deadline.unref();
    stop(crashed).then(
      () => {
        logger.info('stopped');
        void exit(logger, exitCode);
      },
      (error: unknown) => {
        logger.fatal({ err: error }, 'could not stop in order');
        void exit(logger, 1);
      },
    );
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) {
      logger.warn({ signal }, 'stopping at once');
      void exit(logger, 1);
      return;
    }
    logger.info({ signal }, 'stopping');
    begin(false);
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  process.on('uncaughtException', error => {
    logger.fatal({ err: error }, 'an error that nobody caught');
    exitCode = 1;
    if (!stopping) begin(true);
  });
};

/** Ends the process when the log has been written, or cannot be. */
export const exit = async (logger: Logger, code: number): Promise<never> => {
  await Promise.race([
    flushed(logger).catch(() => undefined),
    new Promise(resolve => setTimeout(resolve, 500)),
  ]);
  process.exit(code);
};

/**
 * Reads the configuration, or says everything that is wrong with it and ends with code 78 (EX_CONFIG). In development
 * a `.env` file in the working directory fills in what the environment does not say.
 */
export const configuredOrExit = <Configuration>(read: () => Configuration): Configuration => {
  if ((process.env.NODE_ENV ?? 'development') === 'development' && existsSync('.env')) process.loadEnvFile();
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'InvalidConfiguration') throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(78);
  }
};
