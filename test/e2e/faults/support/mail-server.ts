import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { aGate, type Gate } from '../../../support/gate.ts';
import { parseMime } from '../../../support/mime.ts';

export interface ArrivedMail {
  readonly to: string;
  readonly messageId: string;
  readonly subject: string;
  readonly text: string;
}

/** A real SMTP server that keeps what it takes, and can be made to think about it for as long as a test likes. */
export class MailServer {
  /** Every mail taken, in order; a mail sent twice stands here twice. */
  readonly mails: ArrivedMail[] = [];
  /** How many mails have come in whole, whether they were answered yet or not. */
  received = 0;
  #hesitation: Gate | null = null;
  readonly #server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData: (stream, session, done) => {
      void text(stream).then(async raw => {
        this.received += 1;
        await this.#hesitation?.passed;
        const { headers, text: body } = parseMime(raw);
        const to = session.envelope.rcptTo.map(({ address }) => address).join();
        const [messageId = '', subject = ''] = [headers.get('message-id'), headers.get('subject')];
        this.mails.push({ to, messageId, subject, text: body });
        done();
      });
    },
  });

  /** @returns the port */
  async listen(): Promise<number> {
    this.#server.on('error', () => undefined);
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server.server, 'listening');
    return (this.#server.server.address() as AddressInfo).port;
  }

  mailsTo(address: string): readonly ArrivedMail[] {
    return this.mails.filter(({ to }) => to === address);
  }

  /** From now on mails are received and not answered, until the gate is opened. */
  hesitate(): Gate {
    const gate = aGate();
    this.#hesitation = gate;
    return {
      passed: gate.passed,
      open: () => {
        this.#hesitation = null;
        gate.open();
      },
    };
  }

  async close(): Promise<void> {
    await new Promise<void>(resolve => this.#server.close(() => resolve()));
  }
}
