import type { Mail, Mailer } from '../../src/shared/services/mailer.ts';
import { MailRefused } from '../../src/shared/services/mailer.ts';

/** A mailer and the place its mails arrive at. */
export interface MailerUnderTest {
  readonly mailer: Mailer;
  /** What a person finds: a mail delivered twice under one id is there once. */
  received(): Promise<readonly Mail[]>;
  close(): Promise<void>;
}

let mails = 0;

export const aMail = (change: Partial<Mail> = {}): Mail => ({
  id: `0197c0de-0000-7000-8000-${String(++mails).padStart(12, '0')}`,
  to: 'grace@example.org',
  subject: 'Confirm your address',
  text: 'Hello Grace,\n\nopen https://day.example/verify?token=abc_ to go on.\n',
  html: '<p>Hello Grace, <a href="https://day.example/verify?token=abc_">go on</a>.</p>\n',
  ...change,
});

/** What every mailer promises, whatever it is made of. */
export const mailerContract = (name: string, open: () => Promise<MailerUnderTest>): void => {
  describe(`${name} as a mailer`, () => {
    let under: MailerUnderTest;
    beforeEach(async () => {
      under = await open();
    });
    afterEach(() => under.close());

    test('a mail arrives as it was written', async () => {
      const mail = aMail();

      await under.mailer.send(mail);

      expect(await under.received()).toEqual([mail]);
    });

    test('any script and emoji arrive unharmed, in subject and text', async () => {
      const mail = aMail({
        subject:
          'Grüße, 日本語 und 🎉: ein Betreff, der so lang ist, dass er über mehrere Zeilen gehen muss, ja wirklich',
        text: 'Привет, 世界! 🎉\nšð\n',
        html: '<p>Привет, 世界! 🎉</p>\n',
      });

      await under.mailer.send(mail);

      expect(await under.received()).toEqual([mail]);
    });

    test('lines of any length, a dot alone on a line and trailing spaces arrive unharmed', async () => {
      const text = `${'x'.repeat(5_000)}\n.\n..\n.dot\ntrailing \n${'é'.repeat(3_000)}\nFrom here\n`;
      const mail = aMail({ text, html: `<p>${'word '.repeat(4_000)}</p>\n` });

      await under.mailer.send(mail);

      expect(await under.received()).toEqual([mail]);
    });

    test('the same mail sent again is found once', async () => {
      const mail = aMail();

      await under.mailer.send(mail);
      await under.mailer.send(mail);

      expect(await under.received()).toEqual([mail]);
    });

    test('many mails at once all arrive', async () => {
      const all = Array.from({ length: 25 }, () => aMail());

      await Promise.all(all.map(mail => under.mailer.send(mail)));

      const ids = (await under.received()).map(mail => mail.id).sort();
      expect(ids).toEqual(all.map(mail => mail.id).sort());
    });

    test('a line break in the subject adds no header and no text', async () => {
      await under.mailer.send(aMail({ subject: 'Hello\r\nBcc: eve@example.org\r\n\r\nClick here\u2028now' }));

      const [received] = await under.received();
      expect(received?.subject).toBe('Hello Bcc: eve@example.org Click here now');
      expect(received?.to).toBe('grace@example.org');
      expect(received?.text).not.toContain('Click');
    });

    test.each([
      ['a line break', 'grace@example.org\r\nBcc: eve@example.org'],
      ['a bare carriage return', 'grace@example.org\rRCPT TO:<eve@example.org>'],
      ['a null byte', 'grace\u0000@example.org'],
      ['a second address', 'grace@example.org, eve@example.org'],
      ['a path', 'grace@example.org> SIZE=1 <eve@example.org'],
      ['a name', 'Grace <grace@example.org>'],
      ['a quoted part', '"eve@example.org "@example.org'],
      ['a group', 'undisclosed:eve@example.org;'],
      ['two at signs', 'eve@evil.example@example.org'],
      ['nothing before the at sign', '@example.org'],
      ['nothing', ''],
    ])('an address with %s in it is refused for good, and nothing is sent', async (_what, to) => {
      await expect(under.mailer.send(aMail({ to }))).rejects.toThrow(MailRefused);

      expect(await under.received()).toEqual([]);
    });

    test('an id that is no plain name is a mistake in the program', async () => {
      await expect(under.mailer.send(aMail({ id: '../../etc/passwd' }))).rejects.toThrow(TypeError);
      await expect(under.mailer.send(aMail({ id: 'a>\r\nBcc: x@y' }))).rejects.toThrow(TypeError);
    });
  });
};
