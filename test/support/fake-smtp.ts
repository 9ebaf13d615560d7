import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

type Verb = 'GREETING' | 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'MESSAGE';

/** What the server does at one step: says a reply line, falls silent (`hang`), or breaks the connection (`drop`). */
type Reply = string;

type Script = Partial<Record<Verb, Reply | Reply[] | ((line: string) => Reply)>>;

const POLITE: Record<Verb, Reply> = {
  GREETING: '220 test ESMTP',
  EHLO: '250-test\r\n250 8BITMIME',
  MAIL: '250 2.1.0 Ok',
  RCPT: '250 2.1.5 Ok',
  DATA: '354 Go ahead',
  MESSAGE: '250 2.0.0 Queued',
};

/**
 * An SMTP server that says exactly what a test tells it to, byte for byte: for answers a real server gives only on a
 * bad day. `script` maps a step to its reply, or to a list of replies for one time after the other.
 */
export class FakeSmtp {
  /** Every command line received, in order. */
  readonly commands: string[] = [];
  /** Every message received whole, whether it was accepted or not. */
  readonly messages: string[] = [];
  readonly #script: Script;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(script: Script = {}) {
    this.#script = script;
    this.#server = createServer(socket => this.#serve(socket));
  }

  async listen(): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve));
    return `smtp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.dropConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    let pending = '';
    let message: string | null = null;
    this.#reply(socket, 'GREETING', '');
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      pending += chunk;
      for (;;) {
        if (message !== null) {
          const end = `\r\n${pending}`.indexOf('\r\n.\r\n');
          if (end < 0) return;
          this.messages.push(pending.slice(0, end));
          pending = pending.slice(end + 3);
          message = null;
          this.#reply(socket, 'MESSAGE', '');
          continue;
        }
        const end = pending.indexOf('\r\n');
        if (end < 0) return;
        const line = pending.slice(0, end);
        pending = pending.slice(end + 2);
        this.commands.push(line);
        const verb = line.slice(0, 4).toUpperCase();
        if (verb === 'QUIT') socket.end('221 Bye\r\n');
        else if (verb === 'RSET') socket.write('250 Ok\r\n');
        else if (verb in POLITE) {
          const reply = this.#reply(socket, verb as Verb, line);
          if (verb === 'DATA' && reply.startsWith('354')) message = '';
        } else socket.write('502 Unknown\r\n');
      }
    });
  }

  #reply(socket: Socket, verb: Verb, line: string): Reply {
    const scripted = this.#script[verb] ?? POLITE[verb];
    const reply = Array.isArray(scripted)
      ? (scripted.shift() ?? POLITE[verb])
      : typeof scripted === 'function'
        ? scripted(line)
        : scripted;
    if (reply === 'drop') socket.destroy();
    else if (reply !== 'hang') socket.write(`${reply}\r\n`);
    return reply;
  }
}
