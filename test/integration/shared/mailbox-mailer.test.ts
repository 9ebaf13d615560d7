import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryMailbox } from '../../../src/shared/data/mailbox.ts';
import { MailboxMailer } from '../../../src/shared/data/mailbox-mailer.ts';
import { aMail, mailerContract } from '../../support/mailer-contract.ts';

const openMailbox = async () => {
  const root = await mkdtemp(join(tmpdir(), 'mailbox-'));
  const directory = join(root, 'data', 'mailbox');
  let now = Date.parse('2026-03-01T10:00:00Z');
  // Each mail one second after the one before.
  const clock = { now: () => new Date((now += 1_000)) };
  return {
    directory,
    mailer: new MailboxMailer(directory, clock),
    mailbox: new DirectoryMailbox(directory),
    close: () => rm(root, { recursive: true }),
  };
};

mailerContract('the local mailbox', async () => {
  const { mailer, mailbox, close } = await openMailbox();
  return {
    mailer,
    received: async () =>
      (await mailbox.list()).map(({ id, to, subject, text, html }) => ({ id, to, subject, text, html })),
    close,
  };
});

describe('the local mailbox', () => {
  let under: Awaited<ReturnType<typeof openMailbox>>;
  beforeEach(async () => {
    under = await openMailbox();
  });
  afterEach(() => under.close());

  test('is empty before the first mail', async () => {
    expect(await under.mailbox.list()).toEqual([]);
    expect(await under.mailbox.byId('anything')).toBeNull();
  });

  test('shows the newest mail first, with its links', async () => {
    await under.mailer.send(aMail({ id: 'first' }));
    await under.mailer.send(
      aMail({ id: 'second', text: 'See https://a.example/x?y=z_, twice: https://a.example/x?y=z_.' }),
    );

    const mails = await under.mailbox.list();

    expect(mails.map(mail => mail.id)).toEqual(['second', 'first']);
    expect(mails[0]?.links).toEqual(['https://a.example/x?y=z_']);
    expect(mails[0]?.sentAt).toEqual(new Date('2026-03-01T10:00:02Z'));
    expect((await under.mailbox.byId('first'))?.id).toBe('first');
  });

  test('is readable for this user only', async () => {
    await under.mailer.send(aMail({ id: 'secret' }));

    expect((await stat(join(under.directory, 'secret.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(under.directory)).mode & 0o777).toBe(0o700);
  });

  test('keeps the newest 200 mails and nothing else', async () => {
    for (let number = 1; number <= 203; number++) await under.mailer.send(aMail({ id: `mail-${number}` }));

    const ids = (await under.mailbox.list()).map(mail => mail.id);

    expect(ids).toHaveLength(200);
    expect(ids[0]).toBe('mail-203');
    expect(ids.at(-1)).toBe('mail-4');
    expect(await readdir(under.directory)).toHaveLength(200);
  });

  test('passes over files that are no mails, and never leaves its directory', async () => {
    await under.mailer.send(aMail({ id: 'good' }));
    await writeFile(join(under.directory, 'broken.json'), '{"id": "bro');
    await writeFile(join(under.directory, 'renamed.json'), '{}');
    const outside = { ...aMail({ id: '../outside' }), sent_at: '2026-03-01T10:00:00Z' };
    await writeFile(join(under.directory, '..', 'outside.json'), JSON.stringify(outside));

    expect((await under.mailbox.list()).map(mail => mail.id)).toEqual(['good']);
    expect(await under.mailbox.byId('../outside')).toBeNull();
  });

  test('fails the mail when the disk does, and leaves nothing half written', async () => {
    await writeFile(under.directory.replace(/\/data\/mailbox$/, '/data'), 'a file in the way');

    await expect(under.mailer.send(aMail())).rejects.toThrow();
  });
});
