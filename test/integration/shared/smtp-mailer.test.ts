import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { SMTPServer } from 'smtp-server';
import { SmtpMailer } from '../../../src/shared/data/smtp-mailer.ts';
import { MailRefused } from '../../../src/shared/services/mailer.ts';
import { FakeSmtp } from '../../support/fake-smtp.ts';
import { aMail, mailerContract } from '../../support/mailer-contract.ts';
import { parseMime } from '../../support/mime.ts';

const FROM = 'Daymark <no-reply@day.example>';
const PATIENT = { connectMs: 5_000, greetingMs: 5_000, silenceMs: 5_000, totalMs: 5_000 };

mailerContract('a real SMTP server', async () => {
  const arrived = new Map<string, { to: string; raw: string }>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData: (stream, session, done) => {
      void text(stream).then(raw => {
        const messageId = parseMime(raw).headers.get('message-id') ?? '';
        arrived.set(messageId, { to: session.envelope.rcptTo.map(to => to.address).join(), raw });
        done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  const mailer = new SmtpMailer(`smtp://127.0.0.1:${port}`, FROM, PATIENT);
  return {
    mailer,
    received: () =>
      Promise.resolve(
        [...arrived].map(([messageId, { to, raw }]) => {
          const mail = parseMime(raw);
          expect(mail.headers.get('from')).toBe(FROM);
          expect(mail.headers.get('to')).toBe(to);
          expect(mail.headers.has('bcc')).toBe(false);
          const unix = (content: string) => content.replaceAll('\r\n', '\n');
          return {
            id: messageId.replace(/^<|@day\.example>$/g, ''),
            to,
            subject: mail.headers.get('subject') ?? '',
            text: unix(mail.text),
            html: unix(mail.html),
          };
        }),
      ),
    close: async () => {
      mailer.close();
      await new Promise<void>(resolve => server.close(resolve));
    },
  };
});

describe('a mail server on a bad day', () => {
  const opened: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close();
  });

  const connect = async (server: FakeSmtp, timeouts = PATIENT): Promise<SmtpMailer> => {
    const mailer = new SmtpMailer(await server.listen(), FROM, timeouts);
    opened.push(server, mailer);
    return mailer;
  };

  const failureOf = async (sending: Promise<void>): Promise<Error & { code?: string }> => {
    const [outcome] = await Promise.allSettled([sending]);
    if (outcome.status === 'fulfilled') throw new Error('The mail was accepted.');
    return outcome.reason as Error;
  };

  test('that is down fails the mail for now', async () => {
    const server = new FakeSmtp();
    const url = await server.listen();
    await server.close();
    const mailer = new SmtpMailer(url, FROM, PATIENT);
    opened.push(mailer);

    const failure = await failureOf(mailer.send(aMail()));

    expect(failure).not.toBeInstanceOf(MailRefused);
    expect(failure.code).toBe('ESOCKET');
  });

  test('that greylists takes the same mail later', async () => {
    const server = new FakeSmtp({ RCPT: ['451 4.7.1 Greylisted, try again'] });
    const mailer = await connect(server);
    const mail = aMail();

    const failure = await failureOf(mailer.send(mail));
    await mailer.send(mail);

    expect(failure).not.toBeInstanceOf(MailRefused);
    expect(failure.code).toBe('451 4.7.1');
    expect(server.messages).toHaveLength(1);
  });

  test.each([
    ['an unknown recipient', { RCPT: '550 5.1.1 No such user <grace@example.org>' }, '550 5.1.1'],
    ['a recipient, without an extended code', { RCPT: '553 grace@example.org: no' }, '553'],
    ['the message', { MESSAGE: '554 5.6.0 Bad content' }, '554 5.6.0'],
  ])('that refuses %s is final, and nobody learns the address from it', async (_what, script, code) => {
    const mailer = await connect(new FakeSmtp(script));

    const failure = await failureOf(mailer.send(aMail()));

    expect(failure).toBeInstanceOf(MailRefused);
    expect(failure.code).toBe(code);
    expect(inspect(failure, { showHidden: true, depth: 5 })).not.toContain('grace');
    expect(failure.cause).toBeUndefined();
  });

  test.each([
    ['us because it turns everybody away', { GREETING: '554 5.3.2 Not now' }],
    ['to relay for us', { RCPT: '554 5.7.1 Relay access denied' }],
    ['to talk without a password', { MAIL: '530 5.7.0 Authentication required' }],
    ['our sender address', { MAIL: '550 5.1.8 Sender rejected' }],
    ['the order of the commands', { RCPT: '503 5.5.1 Bad sequence' }],
    ['any more mail today', { MESSAGE: '452 4.3.1 Full' }],
  ])('that refuses %s may be mended: the mail is kept for later', async (_what, script) => {
    const mailer = await connect(new FakeSmtp(script));

    const failure = await failureOf(mailer.send(aMail()));

    expect(failure).not.toBeInstanceOf(MailRefused);
    expect(failure.message).not.toContain('@');
  });

  test.each(['EHLO', 'MAIL', 'RCPT', 'DATA', 'MESSAGE'] as const)(
    'that falls silent at %s is left after the longest silence',
    async step => {
      const server = new FakeSmtp({ [step]: 'hang' });
      const mailer = await connect(server, { ...PATIENT, silenceMs: 100 });

      const failure = await failureOf(mailer.send(aMail()));

      expect(failure).not.toBeInstanceOf(MailRefused);
      expect(failure.code).toBe('ETIMEDOUT');
    },
  );

  test('that accepts a connection and does not greet is left sooner', async () => {
    const mailer = await connect(new FakeSmtp({ GREETING: 'hang' }), { ...PATIENT, greetingMs: 100 });

    const failure = await failureOf(mailer.send(aMail()));

    expect(failure.code).toBe('ETIMEDOUT');
  });

  test('that never comes to an end cannot hold a mail for longer than allowed', async () => {
    const server = new FakeSmtp({ EHLO: 'hang' });
    const mailer = await connect(server, { ...PATIENT, totalMs: 100 });

    const failure = await failureOf(mailer.send(aMail()));

    expect(failure.code).toBe('EABORT');
  });

  test('that breaks off after the mail and before its answer gets it once, and the failure is told', async () => {
    const server = new FakeSmtp({ MESSAGE: ['drop'] });
    const mailer = await connect(server);
    const mail = aMail();

    const failure = await failureOf(mailer.send(mail));

    expect(failure).not.toBeInstanceOf(MailRefused);
    expect(server.messages).toHaveLength(1);

    await mailer.send(mail);

    const ids = server.messages.map(raw => parseMime(raw).headers.get('message-id'));
    expect(ids).toEqual([`<${mail.id}@day.example>`, `<${mail.id}@day.example>`]);
  });

  test('that closed the kept connection gets the next mail over a new one', async () => {
    const server = new FakeSmtp();
    const mailer = await connect(server);
    await mailer.send(aMail());

    server.dropConnections();
    await mailer.send(aMail());

    expect(server.messages).toHaveLength(2);
  });

  test('that was away is used again as soon as it is back', async () => {
    const server = new FakeSmtp({ GREETING: ['421 4.3.2 Shutting down', 'drop', 'drop'] });
    const mailer = await connect(server);

    await failureOf(mailer.send(aMail()));
    await failureOf(mailer.send(aMail()));
    await mailer.send(aMail());

    expect(server.messages).toHaveLength(1);
  });

  test('without SMTPUTF8 refuses an address that needs it, for good', async () => {
    const server = new FakeSmtp({
      RCPT: line => (/[^\0-\x7f]/.test(line) ? '553 5.6.7 SMTPUTF8 is needed' : '250 Ok'),
    });
    const mailer = await connect(server);

    const failure = await failureOf(mailer.send(aMail({ to: 'grâce@example.org' })));
    await mailer.send(aMail({ to: 'grace@exämple.org' }));

    expect(failure).toBeInstanceOf(MailRefused);
    expect(server.commands).toContain('RCPT TO:<grace@xn--exmple-cua.org>');
  });

  test('on another machine sees the password only over an encrypted connection', async () => {
    const server = new FakeSmtp({ EHLO: '250-test\r\n250 AUTH PLAIN' });
    const url = new URL(await server.listen());
    const onThisMachine = new SmtpMailer(`smtp://user:secret@127.0.0.1:${url.port}`, FROM, PATIENT);
    const elsewhere = new SmtpMailer(`smtp://user:secret@0.0.0.0:${url.port}`, FROM, PATIENT);
    opened.push(server, onThisMachine, elsewhere);

    await failureOf(onThisMachine.send(aMail()));
    const seenHere = server.commands.splice(0).map(line => line.split(' ')[0]);
    const failure = await failureOf(elsewhere.send(aMail()));
    const seenElsewhere = server.commands.map(line => line.split(' ')[0]);

    expect(seenHere).toContain('AUTH');
    expect(seenElsewhere).toEqual(['EHLO', 'STARTTLS']);
    expect(failure).not.toBeInstanceOf(MailRefused);
  });
});
