import {
  Agent,
  createServer,
  request as ask,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { until } from '../e2e/faults/support/until.ts';

export interface ReverseProxyOptions {
  /** How often every upstream is asked whether it is ready. */
  readonly checkEveryMs?: number;
  /** How long an idle connection to an upstream is kept, whatever the upstream says of its own patience. */
  readonly idleMs?: number;
}

/**
 * A load balancer as they stand before a product: connections to the upstreams are kept and used again, whoever is not
 * ready gets nothing new, and what may be repeated is, but only when there was no answer at all. It adds the client to
 * `X-Forwarded-For` and passes everything else on, also what a stranger made up.
 */
export interface ReverseProxy {
  readonly url: string;
  /** Another way in: who comes by it is taken for a client at this address. */
  entryFor(address: string): Promise<string>;
  /** Resolves when the upstream takes part. */
  add(upstream: string): Promise<void>;
  remove(upstream: string): void;
  isReady(upstream: string): boolean;
  /** Requests that this upstream answered. */
  answered(upstream: string): number;
  /** Connections to the upstream that wait for their next request. */
  idle(upstream: string): number;
  /** Requests that were sent again, because there was no answer. */
  retries(): number;
  close(): Promise<void>;
}

interface Upstream {
  readonly url: URL;
  readonly agent: Agent;
  ready: boolean;
  answered: number;
}

const MAY_BE_REPEATED: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
const MOST_ATTEMPTS = 3;
/** RFC 9110 7.6.1: between two neighbours only. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'te',
  'upgrade',
]);

export const startReverseProxy = async (
  upstreams: readonly string[],
  { checkEveryMs = 100, idleMs = 90_000 }: ReverseProxyOptions = {},
): Promise<ReverseProxy> => {
  const pool = new Map<string, Upstream>();
  const entries: Server[] = [];
  let turn = 0;
  let retries = 0;

  const next = (except: ReadonlySet<Upstream>): Upstream | undefined => {
    const ready = [...pool.values()].filter(upstream => upstream.ready);
    const fresh = ready.filter(upstream => !except.has(upstream));
    const choice = fresh.length > 0 ? fresh : ready;
    return choice[turn++ % choice.length];
  };

  const forward = async (
    request: IncomingMessage,
    response: ServerResponse,
    client: string,
  ): Promise<void> => {
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk as Buffer);
    const tried = new Set<Upstream>();
    for (let attempt = 1; ; attempt++) {
      const upstream = next(tried);
      if (!upstream) {
        response.writeHead(503).end('no upstream is ready');
        return;
      }
      tried.add(upstream);
      try {
        const answer = await send(upstream, request, client, Buffer.concat(body));
        upstream.answered++;
        response.writeHead(answer.statusCode ?? 502, passedOn(answer.rawHeaders).flat());
        answer.on('error', () => response.destroy()).pipe(response);
        return;
      } catch {
        if (!MAY_BE_REPEATED.has(request.method ?? '') || attempt === MOST_ATTEMPTS) {
          response.writeHead(502).end('no answer');
          return;
        }
        retries++;
      }
    }
  };

  const enter = async (addressOf: (request: IncomingMessage) => string): Promise<string> => {
    const server = createServer((request, response) => {
      forward(request, response, addressOf(request)).catch(() => response.destroy());
    });
    entries.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  };

  const checks = setInterval(() => {
    for (const upstream of pool.values()) void check(upstream);
  }, checkEveryMs);
  const proxy: ReverseProxy = {
    url: await enter(request => request.socket.remoteAddress ?? ''),
    entryFor: address => enter(() => address),
    add: async url => {
      const upstream = { url: new URL(url), agent: agentFor(idleMs), ready: false, answered: 0 };
      pool.set(url, upstream);
      await check(upstream);
      await until(`${url} is ready`, () => upstream.ready);
    },
    remove: url => {
      pool.get(url)?.agent.destroy();
      pool.delete(url);
    },
    isReady: url => pool.get(url)?.ready ?? false,
    answered: url => pool.get(url)?.answered ?? 0,
    idle: url => Object.values(pool.get(url)?.agent.freeSockets ?? {}).flat().length,
    retries: () => retries,
    close: async () => {
      clearInterval(checks);
      for (const { agent } of pool.values()) agent.destroy();
      await Promise.all(
        entries.map(server => {
          server.closeAllConnections();
          return new Promise(resolve => server.close(resolve));
        }),
      );
    },
  };
  await Promise.all(upstreams.map(upstream => proxy.add(upstream)));
  return proxy;
};

const agentFor = (idleMs: number): Agent => {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 100 });
  // Node's own rule shortens the time to what the upstream advertises. Other proxies know nothing of that.
  agent.keepSocketAlive = socket => {
    (socket as typeof socket & { setTimeout(ms: number): void }).setTimeout(idleMs);
    return true;
  };
  return agent;
};

const check = async (upstream: Upstream): Promise<void> => {
  upstream.ready = await new Promise<boolean>(resolve => {
    ask(new URL('/readyz', upstream.url), { agent: false }, answer => {
      answer.resume();
      resolve(answer.statusCode === 200);
    })
      .on('error', () => resolve(false))
      .end();
  });
};

const send = (
  { url, agent }: Upstream,
  { method, url: path, rawHeaders }: IncomingMessage,
  client: string,
  body: Buffer,
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers = passedOn(rawHeaders).filter(([name]) => name.toLowerCase() !== 'content-length');
    const forwarded = headers
      .filter(([name]) => name.toLowerCase() === 'x-forwarded-for')
      .map(([, value]) => value);
    const others = headers.filter(([name]) => name.toLowerCase() !== 'x-forwarded-for');
    ask({
      ...{ host: url.hostname, port: url.port, method, path, agent },
      headers: [
        ...others,
        ['X-Forwarded-For', [...forwarded, client].join(', ')],
        ['Content-Length', String(body.length)],
      ].flat(),
    })
      .on('response', resolve)
      .on('error', reject)
      .end(body);
  });

/** Pairs, so that nothing that came twice is lost. */
const passedOn = (rawHeaders: readonly string[]): [string, string][] => {
  const pairs: [string, string][] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    if (!HOP_BY_HOP.has(name.toLowerCase())) pairs.push([name, value]);
  }
  return pairs;
};
