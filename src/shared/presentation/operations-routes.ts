import { z } from 'zod';
import type { Readiness } from './readiness.ts';
import { route, type Route } from './route.ts';

/** What is running, for people who operate it. */
export interface Version {
  readonly name: string;
  readonly version: string;
  /** The commit it was built from. */
  readonly revision: string;
}

const statusShape = (value: string) => z.object({ status: z.literal(value) });

export const operationsRoutes = (readiness: Readiness, version: Version): readonly Route[] => [
  route({
    method: 'get',
    path: '/healthz',
    operationId: 'getHealth',
    tag: 'operations',
    summary: 'Whether the process lives',
    description: 'Says nothing about Postgres or Redis: a restart would not heal those.',
    access: 'public',
    noStore: true,
    answers: { 200: { description: 'It lives.', body: statusShape('ok') } },
    handle: () => Promise.resolve({ status: 200, body: { status: 'ok' } }),
  }),
  route({
    method: 'get',
    path: '/readyz',
    operationId: 'getReadiness',
    tag: 'operations',
    summary: 'Whether requests should be sent here',
    access: 'public',
    noStore: true,
    answers: { 200: { description: 'It is ready.', body: statusShape('ready') } },
    refusals: { 503: ['not_ready', 'draining'] },
    handle: async () => {
      await readiness.require();
      return { status: 200, body: { status: 'ready' } };
    },
  }),
  route({
    method: 'get',
    path: '/version',
    operationId: 'getVersion',
    tag: 'operations',
    summary: 'What is running',
    access: 'public',
    answers: {
      200: {
        description: 'Name, version, source revision and runtime.',
        body: z.object({ name: z.string(), version: z.string(), revision: z.string(), node: z.string() }),
      },
    },
    handle: () => Promise.resolve({ status: 200, body: { ...version, node: process.version } }),
  }),
];
