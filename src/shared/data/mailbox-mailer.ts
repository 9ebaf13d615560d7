import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../domain/clock.ts';
import type { Mail, Mailer } from '../services/mailer.ts';
import { sendable } from './sendable-mail.ts';

/** How many mails are kept; the oldest go first. */
const CAPACITY = 200;

/**
 * Keeps mails as JSON files in a directory that only this user can read, one file per mail id: for development
 * without a mail server. `DirectoryMailbox` reads them.
 */
export class MailboxMailer implements Mailer {
  readonly #directory: string;
  readonly #clock: Clock;

  constructor(directory: string, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  async send(mail: Mail): Promise<void> {
    const { id, to, subject, text, html } = sendable(mail);
    const sentAt = this.#clock.now();
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await this.#write(`${id}.json`, { id, to, subject, text, html, sent_at: sentAt.toISOString() }, sentAt);
    await this.#discardOldest();
  }

  // Written beside and renamed, so that a reader never meets half a mail.
  async #write(name: string, content: object, at: Date): Promise<void> {
    const temporary = join(this.#directory, `.${randomUUID()}.tmp`);
    try {
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
        // The file's age is the mail's, so the oldest can be found without reading any.
        await file.utimes(at, at);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, join(this.#directory, name));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async #discardOldest(): Promise<void> {
    const names = (await readdir(this.#directory)).filter(name => name.endsWith('.json'));
    if (names.length <= CAPACITY) return;
    const aged = await Promise.all(names.map(async name => ({ name, age: await this.#modified(name) })));
    aged.sort((one, other) => other.age - one.age || (one.name < other.name ? 1 : -1));
    for (const { name } of aged.slice(CAPACITY)) await rm(join(this.#directory, name), { force: true });
  }

  // Another process may have discarded it meanwhile.
  async #modified(name: string): Promise<number> {
    return stat(join(this.#directory, name)).then(
      file => file.mtimeMs,
      () => 0,
    );
  }
}
