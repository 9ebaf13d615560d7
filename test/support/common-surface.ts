import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import type { Registry } from 'prom-client';
import { createApp, type AppDependencies } from '../../src/app.ts';
import { DomainError } from '../../src/shared/domain/domain-error.ts';
import type { AccountId } from '../../src/shared/domain/identity.ts';
import { createMetricsRegistry } from '../../src/shared/presentation/http-metrics.ts';
import { createHttpServer, listen, type Timeouts } from '../../src/shared/presentation/http-server.ts';
import { createLogger } from '../../src/shared/presentation/logger.ts';
import { pageFields } from '../../src/shared/presentation/page.ts';
import { route, type Route } from '../../src/shared/presentation/route.ts';
import type { Authenticator } from '../../src/shared/services/authenticator.ts';

/** Knows two tokens by heart; `expired` is the third. */
export const fakeAuthenticator: Authenticator = {
  authenticate: token => {
    if (token === 'member' || token === 'admin')
      return Promise.resolve({ accountId: `of-${token}` as AccountId, sessionId: 'session', role: token });
    const code = token === 'expired' ? 'token_expired' : 'token_invalid';
    return Promise.reject(new DomainError('forbidden', code, 'The access token is not valid.'));
  },
};

const seen = z.record(z.string(), z.unknown());

/** One small route per thing that the router does. */
export const fakeRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/v1/notes',
    operationId: 'createNote',
    tag: 'notes',
    summary: 'Write a note',
    access: 'public',
    request: {
      body: z.strictObject({
        title: z.string().min(1).max(20),
        stars: z.number().int().min(1).max(5).optional(),
        nested: z.strictObject({ inner: z.string() }).optional(),
      }),
    },
    answers: { 201: { description: 'Written.', body: z.object({ title: z.string() }) } },
    refusals: { 409: ['title_taken'] },
    handle: ({ body }) => {
      if (body.title === 'taken') throw new DomainError('conflict', 'title_taken', 'That title is taken.');
      if (body.title === 'bug') throw new Error('secret detail about ada@example.org');
      return Promise.resolve({ status: 201, body: { title: body.title } });
    },
  }),
  route({
    method: 'get',
    path: '/v1/notes',
    operationId: 'listNotes',
    tag: 'notes',
    summary: 'All notes',
    access: 'public',
    request: { query: z.strictObject({ ...pageFields, author: z.string().optional() }) },
    answers: { 200: { description: 'A page.', body: z.object({ notes: z.array(z.string()) }) } },
    handle: ({ query }) =>
      Promise.resolve({
        status: 200,
        body: { notes: [] },
        listing: { page: query.page, limit: query.limit, total: 45 },
      }),
  }),
  route({
    method: 'get',
    path: '/v1/notes/:name',
    operationId: 'readNote',
    tag: 'notes',
    summary: 'One note',
    access: 'public',
    request: { params: z.strictObject({ name: z.string().max(20) }) },
    answers: { 200: { description: 'It.', body: z.object({ name: z.string() }) } },
    handle: ({ params: { name } }) => {
      if (name === 'hidden') throw new DomainError('not-found', 'note_not_found', 'Note 17 belongs to Ada.');
      if (name === 'absent') throw new DomainError('not-found', 'note_not_found', 'No such note.');
      return Promise.resolve({ status: 200, body: { name } });
    },
  }),
  route({
    method: 'get',
    path: '/v1/notes/mine',
    operationId: 'listMyNotes',
    tag: 'notes',
    summary: 'My notes',
    access: 'bearer',
    answers: { 200: { description: 'Whose.', body: z.object({ account: z.string() }) } },
    handle: ({ caller }) => Promise.resolve({ status: 200, body: { account: caller.accountId } }),
  }),
  route({
    method: 'delete',
    path: '/v1/notes',
    operationId: 'deleteNotes',
    tag: 'notes',
    summary: 'Delete all',
    access: 'admin',
    answers: { 204: { description: 'Gone.' } },
    handle: () => Promise.resolve({ status: 204 }),
  }),
  route({
    method: 'post',
    path: '/v1/tokens',
    operationId: 'createToken',
    tag: 'tokens',
    summary: 'A token for a cookie',
    access: 'public',
    noStore: true,
    usesRefreshCookie: true,
    answers: { 200: { description: 'What arrived.', body: seen } },
    handle: incoming =>
      Promise.resolve({
        status: 200,
        body: {
          cookies: incoming.cookies.map(({ name, value }) => `${name}=${value}`),
          ip: incoming.ip,
          request_id: incoming.requestId,
          bearer: incoming.bearerToken ?? null,
        },
        cookies: [
          { name: 'device', value: 'abc', maxAgeSeconds: 60, secure: true, sameSite: 'strict' },
          { name: 'old', value: null, secure: false, sameSite: 'lax' },
        ],
      }),
  }),
  route({
    method: 'get',
    path: '/v1/undeclared',
    operationId: 'undeclared',
    tag: 'notes',
    summary: 'Says more than it declares',
    access: 'public',
    answers: { 200: { description: 'A name.', body: z.object({ name: z.string() }) } },
    handle: () => Promise.resolve({ status: 200, body: { name: 'a', password_hash: 'b' } }),
  }),
];

export interface Surface {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly registry: Registry;
  /** Every line logged so far. */
  readonly lines: Record<string, unknown>[];
  readonly close: () => Promise<void>;
}

export const startSurface = async (
  changes: Partial<Omit<AppDependencies, 'configuration'>> & {
    configuration?: Partial<AppDependencies['configuration']>;
    timeouts?: Timeouts;
  } = {},
): Promise<Surface> => {
  const { configuration, timeouts, ...others } = changes;
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('info', {
    write: line => lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  const registry = createMetricsRegistry();
  const app = createApp({
    configuration: {
      publicUrl: 'https://api.example.org',
      webOrigins: ['https://app.example.org'],
      trustedProxies: [],
      metricsToken: undefined,
      sourceRevision: 'abc123',
      ...configuration,
    },
    routes: fakeRoutes,
    authenticator: fakeAuthenticator,
    readinessChecks: [],
    logger,
    metricsRegistry: registry,
    isDraining: () => false,
    validateAnswers: true,
    ...others,
  });
  const server = createHttpServer(app, logger, timeouts);
  const url = await listen(server, 0, '127.0.0.1');
  const close = () =>
    new Promise<void>(resolve => {
      registry.clear();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url, port: Number(new URL(url).port), server, registry, lines, close };
};

/** A client that sends exactly the bytes it is given. */
export class RawClient {
  readonly socket: Socket;
  #received = '';
  #ended = false;
  #waiting: (() => void)[] = [];

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text: string) => {
      this.#received += text;
      this.#wake();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** The next whole answer, or what came before the connection was closed. */
  async answer(): Promise<{ status: number; head: string; body: string }> {
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n');
      if (end !== -1) {
        const head = this.#received.slice(0, end);
        const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
        if (this.#received.length >= end + 4 + length) {
          const body = this.#received.slice(end + 4, end + 4 + length);
          this.#received = this.#received.slice(end + 4 + length);
          return { status: Number(head.split(' ')[1]), head, body };
        }
      }
      if (this.#ended) return { status: 0, head: this.#received, body: '' };
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    }
  }

  async closed(): Promise<void> {
    while (!this.#ended) await new Promise<void>(resolve => this.#waiting.push(resolve));
  }

  close(): void {
    this.socket.destroy();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Sends the bytes on a fresh connection and returns the first answer. */
export const exchange = async (port: number, bytes: string | Buffer) => {
  const client = new RawClient(port);
  client.send(bytes);
  const answer = await client.answer();
  client.close();
  return { ...answer, code: codeIn(answer.body) };
};

const codeIn = (body: string): unknown => {
  try {
    return (JSON.parse(body) as { code?: unknown }).code;
  } catch {
    return undefined;
  }
};
