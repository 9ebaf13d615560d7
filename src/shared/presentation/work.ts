import { exit, stopInOrder } from './process-lifecycle.ts';
import { releaseStartupGarbage } from './startup-garbage.ts';
import type { Logger } from './logger.ts';

/** What runs in the background, without a server. */
export interface BackgroundWork {
  start(): Promise<void>;
  /** Takes no new work, finishes what is under way, closes everything. */
  stop(): Promise<void>;
}

/** Builds the work, starts it, and stays until the process is asked to stop. Ends the process itself. */
export const work = async (
  settings: { readonly drainDeadlineSeconds: number },
  logger: Logger,
  build: () => Promise<BackgroundWork>,
): Promise<void> => {
  let stop = (): Promise<void> => Promise.resolve();
  stopInOrder(logger, { deadlineSeconds: settings.drainDeadlineSeconds, stop: () => stop() });
  try {
    const background = await build();
    stop = () => background.stop();
    await background.start();
    releaseStartupGarbage();
    logger.info({ node: process.version }, 'working');
  } catch (error) {
    logger.fatal({ err: error }, 'could not start');
    await exit(logger, 1);
  }
};
