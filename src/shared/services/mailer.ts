import { PermanentFailure } from './event-handler.ts';

export interface Mail {
  /**
   * Becomes the Message-ID. The same id is the same mail: a mailbox shows a repeated delivery once.
   * Letters, digits, dots, dashes and underscores, at most 128.
   */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Hands a mail to the mail system. Resolves only when the system has taken responsibility for it. */
export interface Mailer {
  /**
   * @throws {MailRefused} when this mail will never be accepted; anything else thrown means: again later.
   * No error holds the address.
   */
  send(mail: Mail): Promise<void>;
}

/** The mail system will never take this mail, for example because the recipient does not exist. */
export class MailRefused extends PermanentFailure {
  constructor(code: string) {
    super(code, 'The mail system refused this mail for good.');
  }
}
