import { connect, createServer, type Socket } from 'node:net';

/** A wire between a client and a server that can be cut, frozen, or lose an answer. */
export interface TcpProxy {
  readonly port: number;
  /** Drops every connection and refuses new ones. */
  cut(): void;
  /** Accepts connections again, on the same port. */
  heal(): void;
  /** Keeps connections open and accepts new ones, but carries nothing. */
  freeze(): void;
  thaw(): void;
  /**
   * The next answer never arrives: the server gets the request, the client loses the connection. With `isMeant`, the
   * next answer on a connection whose latest requests, all that have no answer yet, it accepts.
   */
  dropAnswersOnce(isMeant?: (request: Buffer) => boolean): void;
  close(): Promise<void>;
}

interface Wire {
  readonly client: Socket;
  readonly target: Socket;
  /** What was asked since the last answer; once that has come, what it answered. */
  latestRequests: Buffer | null;
  isAnswered: boolean;
}

export const startProxy = async (targetHost: string, targetPort: number): Promise<TcpProxy> => {
  const wires = new Set<Wire>();
  let frozen = false;
  let loses: ((request: Buffer) => boolean) | null = null;

  const server = createServer(client => {
    const target = connect(targetPort, targetHost);
    const wire: Wire = { client, target, latestRequests: null, isAnswered: false };
    wires.add(wire);
    const drop = () => {
      wires.delete(wire);
      client.destroy();
      target.destroy();
    };
    for (const socket of [client, target]) {
      socket.setNoDelay(true);
      socket.on('error', drop).on('close', drop);
      if (frozen) socket.pause();
    }
    client.on('data', (chunk: Buffer) => {
      const open = wire.latestRequests !== null && !wire.isAnswered ? [wire.latestRequests] : [];
      wire.latestRequests = Buffer.concat([...open, chunk]);
      wire.isAnswered = false;
      target.write(chunk);
    });
    target.on('data', (chunk: Buffer) => {
      wire.isAnswered = true;
      if (loses && wire.latestRequests && loses(wire.latestRequests)) {
        loses = null;
        drop();
      } else client.write(chunk);
    });
  });

  const listen = (port: number) => server.listen({ port, host: '127.0.0.1' });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    listen(0).once('listening', resolve);
  });
  const { port } = server.address() as { port: number };
  const dropAll = () => {
    for (const { client, target } of wires) {
      client.destroy();
      target.destroy();
    }
  };
  const setFrozen = (now: boolean) => {
    frozen = now;
    for (const { client, target } of wires)
      for (const socket of [client, target])
        if (now) socket.pause();
        else socket.resume();
  };

  return {
    port,
    cut: () => {
      server.close();
      dropAll();
    },
    heal: () => {
      if (!server.listening) listen(port);
    },
    freeze: () => setFrozen(true),
    thaw: () => setFrozen(false),
    dropAnswersOnce: (isMeant = () => true) => {
      // An answer to a request from before does not count.
      for (const wire of wires) wire.latestRequests = null;
      loses = isMeant;
    },
    close: () =>
      new Promise(resolve => {
        dropAll();
        if (server.listening) server.close(() => resolve());
        else resolve();
      }),
  };
};
