import { createTransport } from 'nodemailer';
import type { Mail, Mailer } from '../services/mailer.ts';
import { MailRefused } from '../services/mailer.ts';
import { parseMailFrom } from './mail-from.ts';
import { sendable } from './sendable-mail.ts';

export interface SmtpTimeouts {
  readonly connectMs: number;
  readonly greetingMs: number;
  /** The longest silence of the server. */
  readonly silenceMs: number;
  /** For one mail from beginning to end, so that a server that trickles its answers cannot hold it for ever. */
  readonly totalMs: number;
}

// The outbox allows a delivery 60 seconds; every wait here ends before that.
const TIMEOUTS: SmtpTimeouts = { connectMs: 10_000, greetingMs: 10_000, silenceMs: 20_000, totalMs: 45_000 };

/** The mail could not be handed over this time. `code` is an SMTP reply, for example `451`, or `ETIMEDOUT`. */
export class MailNotSent extends Error {
  readonly code: string;

  constructor(code: string) {
    super('The mail server did not take this mail.');
    this.name = 'MailNotSent';
    this.code = code;
  }
}

/**
 * Sends through one SMTP server over a few kept connections. A repeated mail carries the same Message-ID, by which
 * a receiver recognises it. When the connection breaks after the mail and before the answer, nobody can know whether
 * it was taken; it counts as not sent.
 */
export class SmtpMailer implements Mailer {
  readonly #transport;
  readonly #from;
  readonly #totalMs: number;

  /**
   * @param url `smtp://` or `smtps://`, with options of the transport as query. A password never travels in clear
   *   to another machine unless the URL says `requireTLS=false`.
   * @param mailFrom `Name <address>` or an address
   */
  constructor(url: string, mailFrom: string, timeouts = TIMEOUTS) {
    this.#from = parseMailFrom(mailFrom);
    this.#totalMs = timeouts.totalMs;
    this.#transport = createTransport({
      pool: true,
      url,
      requireTLS: mustEncrypt(new URL(url)),
      maxConnections: 5,
      maxRequeues: 1,
      connectionTimeout: timeouts.connectMs,
      dnsTimeout: timeouts.connectMs,
      greetingTimeout: timeouts.greetingMs,
      socketTimeout: timeouts.silenceMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    // A kept connection that breaks while idle is no news; the next mail opens another.
    this.#transport.on('error', () => undefined);
  }

  async send(mail: Mail): Promise<void> {
    const { id, to, subject, text, html } = sendable(mail);
    const deadline = AbortSignal.timeout(this.#totalMs);
    try {
      await this.#transport.sendMail({
        messageId: `<${id}@${this.#from.host}>`,
        from: { name: this.#from.name, address: this.#from.address },
        to: { name: '', address: to },
        subject,
        text,
        html,
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal: deadline,
      });
    } catch (error) {
      // The library's errors quote the recipient, so none of them leaves this class.
      throw isFinal(error as SmtpFailure) ? new MailRefused(codeOf(error)) : new MailNotSent(codeOf(error));
    }
  }

  /** Ends the kept connections; a mail under way is finished first. */
  close(): void {
    this.#transport.close();
  }
}

interface SmtpFailure {
  readonly code?: string;
  readonly command?: string;
  readonly response?: string;
  readonly responseCode?: number;
}

const mustEncrypt = (url: URL): boolean =>
  url.protocol === 'smtp:' &&
  url.username !== '' &&
  !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);

// RFC 5321 4.2.1: the same mail would get a 5xx again. Not so when the reply is about us and the admin can mend it:
// the session (503), authentication (530-538), or security and policy such as a refused relay (5.7.x of RFC 3463).
const isFinal = ({ command, response = '', responseCode = 0 }: SmtpFailure): boolean =>
  (command === 'RCPT TO' || command === 'DATA') &&
  responseCode >= 500 &&
  responseCode < 600 &&
  responseCode !== 503 &&
  !(responseCode >= 530 && responseCode <= 538) &&
  !/^5\d\d[ -]5\.7\.\d/.test(response);

const codeOf = (error: unknown): string => {
  const { code, response = '', responseCode } = error as SmtpFailure;
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1];
  if (responseCode) return enhanced ? `${responseCode} ${enhanced}` : String(responseCode);
  return code ?? 'unknown';
};
