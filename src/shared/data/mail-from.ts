import { domainToASCII } from 'node:url';

/** Who our mails come from. `host` is the address's domain, which also completes the Message-IDs. */
export interface MailFrom {
  readonly name: string;
  readonly address: string;
  readonly host: string;
}

const NAMED = /^\s*"?([^"<>]*?)"?\s*<([^<>]+)>\s*$/;
const ADDRESS = /^[^\p{Cc}\s<>,;:"()[\]\\@]+@([^\p{Cc}\s<>,;:"()[\]\\@]+)$/u;

/**
 * Reads `MAIL_FROM`: `Name <address>` or an address alone.
 * @throws {TypeError} when it is neither
 */
export const parseMailFrom = (text: string): MailFrom => {
  const [, name = '', address = text.trim()] = NAMED.exec(text) ?? [];
  const host = ADDRESS.exec(address)?.[1];
  if (host === undefined || /\p{Cc}/u.test(name))
    throw new TypeError('MAIL_FROM must be an address or "Name <address>".');
  return { name, address, host: domainToASCII(host) || host };
};
