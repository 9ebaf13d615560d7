import { createServer } from 'node:net';

const take = (port: number): Promise<number | null> =>
  new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : null;
      server.close(() => resolve(taken));
    });
  });

/**
 * A loopback port nobody listens on, the preferred one if it is free. Somebody else may take it before the caller does,
 * so a server that cannot bind must ask again.
 */
export const freePort = async (preferred?: number): Promise<number> => {
  const port = (preferred === undefined ? null : await take(preferred)) ?? (await take(0));
  if (port === null) throw new Error('No loopback port is free.');
  return port;
};
