import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { createApp } from '../../src/app.ts';
import { createMetricsRegistry } from '../../src/shared/presentation/http-metrics.ts';
import { createLogger } from '../../src/shared/presentation/logger.ts';
import { route } from '../../src/shared/presentation/route.ts';
import { serve } from '../../src/shared/presentation/serve.ts';
import { fakeAuthenticator } from './common-surface.ts';

// A program of its own, so that signals and exit codes are real. `POST /slow` answers after `GET /go` was asked.
const logger = createLogger('info');
let release = (): void => undefined;
const released = new Promise<void>(resolve => {
  release = resolve;
});

const answering = (method: 'get' | 'post', path: string, handle: () => Promise<void>) =>
  route({
    method,
    path,
    operationId: path,
    tag: 'drain',
    summary: path,
    access: 'public',
    answers: { 200: { description: 'Done.', body: z.object({ done: z.boolean() }) } },
    handle: async () => {
      await handle();
      return { status: 200, body: { done: true } };
    },
  });

const routes = [
  answering('post', '/slow', () => {
    logger.info('slow began');
    return released;
  }),
  answering('get', '/go', () => {
    release();
    return Promise.resolve();
  }),
  answering('post', '/crash', () => {
    setImmediate(() => {
      throw new Error('nobody catches this');
    });
    return pause(50);
  }),
];

await serve(
  {
    host: '127.0.0.1',
    port: Number(process.env.PORT ?? 0),
    drainDelaySeconds: Number(process.env.DRAIN_DELAY ?? 0),
    drainDeadlineSeconds: Number(process.env.DRAIN_DEADLINE ?? 10),
  },
  logger,
  isDraining => {
    if (process.env.FAIL_TO_BUILD !== undefined) throw new Error('cannot be built');
    return Promise.resolve({
      app: createApp({
        configuration: {
          publicUrl: 'http://localhost:3000',
          webOrigins: [],
          trustedProxies: [],
          metricsToken: undefined,
          sourceRevision: 'x',
        },
        routes,
        authenticator: fakeAuthenticator,
        readinessChecks: [],
        logger,
        metricsRegistry: createMetricsRegistry(),
        isDraining,
      }),
      start: () => Promise.resolve(),
      stop: () => {
        logger.info('resources closed');
        return Promise.resolve();
      },
    });
  },
);
