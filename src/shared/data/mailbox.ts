import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { KeptMail, Mailbox } from '../services/mailbox.ts';
import { linksIn } from '../services/mailbox.ts';
import { isMailId } from './sendable-mail.ts';

const storedMail = z.object({
  id: z.string(),
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  sent_at: z.coerce.date(),
});

/** Reads what `MailboxMailer` wrote. Files that are not mails are passed over. */
export class DirectoryMailbox implements Mailbox {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async list(): Promise<readonly KeptMail[]> {
    const names = await readdir(this.#directory).catch(ifMissing<string[]>([]));
    const read = await Promise.all(
      names.filter(name => name.endsWith('.json')).map(name => this.byId(name.slice(0, -'.json'.length))),
    );
    return read
      .filter(mail => mail !== null)
      .sort((one, other) => other.sentAt.getTime() - one.sentAt.getTime() || (one.id < other.id ? 1 : -1));
  }

  async byId(id: string): Promise<KeptMail | null> {
    if (!isMailId(id)) return null;
    const content = await readFile(join(this.#directory, `${id}.json`), 'utf8').catch(ifMissing(null));
    const mail = content === null ? null : parsed(content);
    return mail?.id === id ? mail : null;
  }
}

const ifMissing =
  <Fallback>(fallback: Fallback) =>
  (error: unknown): Fallback => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return fallback;
    throw error;
  };

const parsed = (content: string): KeptMail | null => {
  try {
    const { sent_at: sentAt, ...mail } = storedMail.parse(JSON.parse(content));
    return { ...mail, links: linksIn(mail.text), sentAt };
  } catch {
    return null;
  }
};
