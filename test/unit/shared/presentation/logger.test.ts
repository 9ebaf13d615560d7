import { createLogger } from '../../../../src/shared/presentation/logger.ts';

const logged = (write: (logger: ReturnType<typeof createLogger>) => void): string => {
  let text = '';
  write(
    createLogger('info', {
      write: line => {
        text += line;
      },
    }),
  );
  return text;
};

test('a line is JSON with its level by name and its time in UTC', () => {
  const line: unknown = JSON.parse(logged(logger => logger.info({ a: 1 }, 'hello')));

  expect(line).toEqual({ level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), a: 1, msg: 'hello' });
});

test('secret fields are censored wherever they stand', () => {
  const text = logged(logger =>
    logger.info({
      password: 's3cret',
      headers: { authorization: 's3cret', cookie: 's3cret', host: 'kept' },
      list: [{ user: { email: 's3cret' } }],
    }),
  );

  expect(text).not.toContain('s3cret');
  expect(text).toContain('kept');
});

test('logging a thing does not change it', () => {
  const headers = { authorization: 'mine' };
  logged(logger => logger.info({ headers }));

  expect(headers).toEqual({ authorization: 'mine' });
});

test('an endless thing does not hang the log', () => {
  const loop: Record<string, unknown> = {};
  loop.self = loop;

  expect(logged(logger => logger.info({ loop }))).toContain('[redacted]');
});

test('an error keeps its place in the code and loses what rows and parameters it carries', () => {
  const failure = Object.assign(
    new Error("insert into \"users\" values ('ada@example.org', '$argon2id$v=19$m=1$c2FsdA$aGFzaA')"),
    {
      code: '23505',
      constraint: 'users_email_key',
      detail: 'Key (email)=(ada@example.org)',
      parameters: ['s3cret'],
    },
  );
  const token = `eyJhbGciOiJFUzI1NiJ9.${'a'.repeat(80)}.${'b-'.repeat(40)}`;
  const wrapped = new Error(`while using ${token}`, { cause: failure });
  const line = logged(logger => logger.error({ err: wrapped }, 'failed'));

  expect(JSON.parse(line)).toMatchObject({
    err: {
      type: 'Error',
      message: 'while using [secret]',
      stack: expect.stringContaining('logger.test.ts'),
      cause: { code: '23505', constraint: 'users_email_key' },
    },
  });
  expect(line).not.toMatch(/ada@|argon2id|s3cret|eyJ/);
});

test('something thrown that is no error is not printed', () => {
  expect(logged(logger => logger.error({ err: 'my password' }, 'failed'))).not.toContain('my password');
});
