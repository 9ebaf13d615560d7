import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from './logger.ts';
import { isAtOwnPace } from './own-pace.ts';
import { writeRawProblem, type RawProblem } from './raw-problem.ts';

export interface Timeouts {
  /** From the first byte (or from connecting, if none comes) to the end of the headers. */
  readonly headersMs: number;
  /** From the first byte to the last one of the body. */
  readonly requestMs: number;
  /** How long an idle connection is kept: longer than the proxy's 90 s, or it would send into a closed one. */
  readonly keepAliveMs: number;
  /** How often the first two are enforced. */
  readonly checkEveryMs: number;
}

// Neither of the first two counts idle time between requests: node starts their clock with a request's first byte.
const TIMEOUTS: Timeouts = { headersMs: 10_000, requestMs: 30_000, keepAliveMs: 95_000, checkEveryMs: 1_000 };

/** A node server that answers what is no HTTP, too slow or too large with a problem, and never dies of it. */
export const createHttpServer = (
  app: RequestListener,
  logger: Logger,
  timeouts: Timeouts = TIMEOUTS,
): Server => {
  const server = createServer(
    {
      headersTimeout: timeouts.headersMs,
      requestTimeout: timeouts.requestMs,
      keepAliveTimeout: timeouts.keepAliveMs,
      connectionsCheckingInterval: timeouts.checkEveryMs,
      // The app answers a missing Host itself, with a problem.
      requireHostHeader: false,
    },
    app,
  );
  const refuse = (socket: Duplex, problem: RawProblem): void => {
    const requestId = writeRawProblem(socket, problem);
    logger.info({ status: problem.status, code: problem.code, request_id: requestId }, 'connection refused');
  };
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && isAtOwnPace(socket)) return;
    if (error.code === 'ECONNRESET' || socket.destroyed) socket.destroy();
    // The parser complains again about each further chunk; the answer stands.
    else if (socket.writableEnded) return;
    else if (isAnswering(socket)) socket.destroy();
    else refuse(socket, problemOf(error.code ?? ''));
  });
  server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy());
    refuse(socket, { status: 405, code: 'method_not_allowed', detail: 'This is no proxy.' });
  });
  // Leave to send the body is given to who waits for it when somebody begins to read. Without it the connection cannot
  // be used again: nobody knows whether the body comes after all.
  server.on('checkContinue', (request, response) => {
    const { shouldKeepAlive } = response;
    response.shouldKeepAlive = false;
    request.once('resume', () => {
      if (response.headersSent) return;
      response.writeContinue();
      response.shouldKeepAlive = shouldKeepAlive;
    });
    server.emit('request', request, response);
  });
  server.on('checkExpectation', (request, response) => {
    refuse(request.socket, {
      status: 417,
      code: 'expectation_failed',
      detail: 'Only 100-continue is known.',
    });
    response.detachSocket(request.socket);
  });
  return server;
};

const problemOf = (code: string): RawProblem => {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, code: 'request_timeout', detail: 'The request took too long to arrive.' };
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, code: 'headers_too_large', detail: 'The headers are larger than 16 kB.' };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, code: 'body_too_large', detail: 'The chunk extensions are too large.' };
    default:
      return { status: 400, code: 'malformed_request', detail: 'The request is not valid HTTP.' };
  }
};

/** True when half an answer is on the wire already: another one must not be written into it. */
const isAnswering = (socket: Socket): boolean =>
  (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage?.headersSent === true;

/** Listens and says where: with port 0 the system picks one. */
export const listen = (server: Server, port: number, host: string): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      if (typeof address !== 'object' || address === null) throw new Error('The server has no port.');
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${address.port}`);
    });
  });

/**
 * Counts the requests under way, so that closing can tell a connection that waits for an answer from one that only
 * waits. `close` stops accepting, lets every request under way finish, and resolves when the last connection is gone.
 */
export const gracefulClose = (server: Server): (() => Promise<void>) => {
  let underWay = 0;
  let closing = false;
  const closeIfIdle = (): void => {
    if (closing && underWay === 0) server.closeAllConnections();
  };
  server.prependListener('request', (_request, response: ServerResponse) => {
    underWay++;
    response.once('close', () => {
      underWay--;
      closeIfIdle();
    });
  });
  return () =>
    new Promise(resolve => {
      closing = true;
      server.close(() => resolve());
      closeIfIdle();
    });
};
