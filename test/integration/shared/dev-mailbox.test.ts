import express from 'express';
import request from 'supertest';
import { devMailbox } from '../../../src/shared/presentation/dev-mailbox.ts';
import { linksIn, type KeptMail } from '../../../src/shared/services/mailbox.ts';

const aKeptMail = (change: Partial<KeptMail> = {}): KeptMail => {
  const text = change.text ?? 'Open https://day.example/verify?token=abc&x=1.';
  return {
    id: 'mail-1',
    to: 'grace@example.org',
    subject: 'Confirm your address',
    html: '<p>Hello</p>',
    sentAt: new Date('2026-03-01T10:00:00Z'),
    ...change,
    text,
    links: linksIn(text),
  };
};

const serving = (...mails: KeptMail[]) =>
  request(
    express()
      // As in the product.
      .set('query parser', false)
      .use(
        devMailbox({
          list: async () => Promise.resolve(mails),
          byId: async id => Promise.resolve(mails.find(mail => mail.id === id) ?? null),
        }),
      )
      .use((_request, response) => {
        response.status(404).json({ code: 'not_found' });
      }),
  );

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describe('the mailbox of a developer', () => {
  test('is a list for a program, and the mails of one address on request', async () => {
    const other = aKeptMail({ id: 'mail-2', to: 'ada@example.org' });
    const server = serving(other, aKeptMail());

    const all = await server.get('/dev/mailbox');
    const graces = await server.get('/dev/mailbox').query({ to: 'grace@example.org' });

    expect(all.body.mails.map((mail: KeptMail) => mail.id)).toEqual(['mail-2', 'mail-1']);
    expect(graces.body).toEqual({
      mails: [
        {
          id: 'mail-1',
          to: 'grace@example.org',
          subject: 'Confirm your address',
          text: 'Open https://day.example/verify?token=abc&x=1.',
          html: '<p>Hello</p>',
          links: ['https://day.example/verify?token=abc&x=1'],
          sent_at: '2026-03-01T10:00:00.000Z',
        },
      ],
    });
  });

  test('is a page with clickable links for a browser', async () => {
    const page = await serving(aKeptMail()).get('/dev/mailbox').set('Accept', BROWSER);

    expect(page.type).toBe('text/html');
    expect(page.headers.vary).toMatch(/accept/i);
    expect(page.text).toContain('<a href="/dev/mailbox/mail-1">Confirm your address</a>');
    expect(page.text).toContain(
      '<a href="https://day.example/verify?token=abc&amp;x=1" rel="noopener noreferrer">',
    );
  });

  test('shows one mail as page and as data, and passes on what it does not have', async () => {
    const server = serving(aKeptMail());

    const data = await server.get('/dev/mailbox/mail-1');
    const page = await server.get('/dev/mailbox/mail-1').set('Accept', BROWSER);
    const missing = await server.get('/dev/mailbox/mail-9');

    expect(data.body.subject).toBe('Confirm your address');
    expect(page.text).toContain('<iframe sandbox srcdoc="&lt;p&gt;Hello&lt;/p&gt;"');
    expect(missing.status).toBe(404);
  });

  test('is never stored, framed or allowed to load or run anything', async () => {
    for (const path of ['/dev/mailbox', '/dev/mailbox/mail-1']) {
      const { headers } = await serving(aKeptMail()).get(path).set('Accept', BROWSER);

      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; /);
      expect(headers['content-security-policy']).not.toMatch(/unsafe|script-src/);
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['referrer-policy']).toBe('no-referrer');
    }
  });

  test('shows what strangers typed as text only', async () => {
    const attack = `"><script>alert('x')</script>`;
    const server = serving(
      aKeptMail({
        subject: attack,
        to: attack,
        html: attack,
        text: `https://a.example/"onclick=x ${attack}`,
      }),
    );

    for (const path of ['/dev/mailbox', '/dev/mailbox/mail-1']) {
      const page = await server.get(path).set('Accept', BROWSER);

      expect(page.text).not.toContain('<script');
      expect(page.text).not.toContain('"onclick');
      expect(page.text).toContain('&quot;&gt;&lt;script&gt;');
    }
  });
});
