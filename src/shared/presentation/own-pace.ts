import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

const atTheirOwnPace = new WeakSet<Duplex>();

/** From here on the reader of this body holds its deadline, and the server's own for whole requests does not count. */
export const beginOwnPace = (request: IncomingMessage): void => void atTheirOwnPace.add(request.socket);

/** The body has come or is not wanted any more: the next request on the connection is timed as all others are. */
export const endOwnPace = (request: IncomingMessage): void => void atTheirOwnPace.delete(request.socket);

export const isAtOwnPace = (socket: Duplex): boolean => atTheirOwnPace.has(socket);
