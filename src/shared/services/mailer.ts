export interface Mail {
  /** Becomes the Message-ID. The same id is the same mail: a mailbox shows a repeated delivery once. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Hands a mail to the mail system. Resolves only when the system has taken responsibility for it. */
export interface Mailer {
  send(mail: Mail): Promise<void>;
}
