import type { Mail } from '../services/mailer.ts';
import { MailRefused } from '../services/mailer.ts';

const MAIL_ID = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
// Exactly one mailbox: nothing that could end a header line, close an envelope path or begin a second address.
const ONE_MAILBOX = /^[^\p{Cc}\p{Zl}\p{Zp}\s<>,;:"()[\]\\@]{1,128}@[^\p{Cc}\s<>,;:"()\\@]{1,255}$/u;
const LINE_BREAKING = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;

/** True for ids that are safe as a file name and inside a Message-ID. */
export const isMailId = (id: string): boolean => MAIL_ID.test(id);

/**
 * The mail as an adapter may use it: one mailbox as recipient, a subject of one line.
 * @throws {MailRefused} `address_malformed`
 */
export const sendable = (mail: Mail): Mail => {
  if (!isMailId(mail.id)) throw new TypeError('A mail id holds letters, digits, dots, dashes, underscores.');
  if (!ONE_MAILBOX.test(mail.to)) throw new MailRefused('address_malformed');
  return { ...mail, subject: mail.subject.replace(LINE_BREAKING, ' ').trim() };
};
