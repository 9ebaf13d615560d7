import type { RequestListener } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { createHttpServer, gracefulClose, listen } from './http-server.ts';
import { flushed, type Logger } from './logger.ts';
import { exit, stopInOrder } from './process-lifecycle.ts';
import { releaseStartupGarbage } from './startup-garbage.ts';

/** Everything behind the server: the composition root builds it, `serve` runs it. */
export interface Application {
  readonly app: RequestListener;
  /** Before the first request. Must not wait for Postgres or Redis: they may come later. */
  start(): Promise<void>;
  /** After the last request: closes what `start` and the construction opened. */
  stop(): Promise<void>;
}

export interface ServeSettings {
  readonly host: string;
  readonly port: number;
  /** How long requests are still served after readiness fails, so that load balancers notice first. */
  readonly drainDelaySeconds: number;
  /** How long requests under way and open resources may take after that. */
  readonly drainDeadlineSeconds: number;
}

/** Builds the application, listens, and stays until it is asked to stop. Ends the process itself. */
export const serve = async (
  settings: ServeSettings,
  logger: Logger,
  build: (isDraining: () => boolean) => Promise<Application>,
): Promise<void> => {
  let draining = false;
  let stop = (): Promise<void> => Promise.resolve();
  stopInOrder(logger, {
    deadlineSeconds: settings.drainDelaySeconds + settings.drainDeadlineSeconds,
    stop: async crashed => {
      draining = true;
      if (!crashed) await pause(settings.drainDelaySeconds * 1_000);
      await stop();
    },
  });
  try {
    const application = await build(() => draining);
    stop = () => application.stop();
    const server = createHttpServer(application.app, logger);
    const closeServer = gracefulClose(server);
    await application.start();
    releaseStartupGarbage();
    const url = await listen(server, settings.port, settings.host);
    stop = async () => {
      await closeServer();
      await application.stop();
    };
    logger.info({ url, node: process.version }, 'listening');
    await flushed(logger);
  } catch (error) {
    logger.fatal({ err: error }, 'could not start');
    await exit(logger, 1);
  }
};
