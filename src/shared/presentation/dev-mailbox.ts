import { createHash } from 'node:crypto';
import { Router, type RequestHandler, type Response } from 'express';
import { cutAtLinks, type KeptMail, type Mailbox } from '../services/mailbox.ts';
import { escapeHtml } from './html.ts';
import { queryOf } from './request-target.ts';

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}
li{margin:.5rem 0}small{color:#666}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f6f6f6;padding:1rem}
iframe{width:100%;height:24rem;border:1px solid #ccc}`;

// Mails hold what strangers typed. Nothing may load, run or be sent from these pages; the mail's own frame inherits
// this and is sandboxed besides, which is why the style is named by its hash: a mail's own styles do not apply.
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The local mailbox for a developer: `GET /dev/mailbox` (newest first, `?to=` for one address) and
 * `GET /dev/mailbox/:id`, as JSON or, for a browser, as a page. Never mount it in production: it shows every token.
 */
export const devMailbox = (mailbox: Mailbox): Router => {
  const list: RequestHandler = async (request, response) => {
    const { to } = queryOf(request);
    const mails = (await mailbox.list()).filter(mail => to === undefined || mail.to === to);
    if (wantsPage(request)) sendPage(response, 'Mailbox', listPage(mails));
    else send(response).json({ mails: mails.map(view) });
  };
  const one: RequestHandler<{ id: string }> = async (request, response, next) => {
    const mail = await mailbox.byId(request.params.id);
    if (mail === null) next();
    else if (wantsPage(request)) sendPage(response, mail.subject, mailPage(mail));
    else send(response).json(view(mail));
  };
  return Router().get('/dev/mailbox', list).get('/dev/mailbox/:id', one);
};

const wantsPage = (request: { accepts(types: string[]): string | false }): boolean =>
  request.accepts(['json', 'html']) === 'html';

const send = (response: Response): Response =>
  response.set({
    'Cache-Control': 'no-store',
    'Content-Security-Policy': POLICY,
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    Vary: 'Accept',
  });

const sendPage = (response: Response, title: string, body: string): void => {
  send(response)
    .type('html')
    .send(
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(title)}</title>` +
        `<meta name="viewport" content="width=device-width"><style>${STYLE}</style>${body}</html>\n`,
    );
};

const view = ({ sentAt, ...mail }: KeptMail) => ({ ...mail, sent_at: sentAt.toISOString() });

const listPage = (mails: readonly KeptMail[]): string => {
  const items = mails.map(
    mail =>
      `<li><a href="/dev/mailbox/${encodeURIComponent(mail.id)}">${escapeHtml(mail.subject) || '(no subject)'}</a><br>` +
      `<small>${escapeHtml(mail.to)}, ${mail.sentAt.toISOString()}</small><pre>${linked(mail.text)}</pre></li>`,
  );
  return `<h1>Mailbox</h1>${items.length > 0 ? `<ul>${items.join('')}</ul>` : '<p>No mail yet.</p>'}`;
};

const mailPage = (mail: KeptMail): string =>
  `<p><a href="/dev/mailbox">Mailbox</a></p><h1>${escapeHtml(mail.subject) || '(no subject)'}</h1>` +
  `<p>To ${escapeHtml(mail.to)}<br><small>${mail.sentAt.toISOString()}</small></p><pre>${linked(mail.text)}</pre>` +
  `<h2>HTML</h2><iframe sandbox srcdoc="${escapeHtml(mail.html)}" title="The mail as HTML"></iframe>`;

const linked = (text: string): string =>
  cutAtLinks(text)
    .map(part =>
      part.isLink
        ? `<a href="${escapeHtml(part.text)}" rel="noopener noreferrer">${escapeHtml(part.text)}</a>`
        : escapeHtml(part.text),
    )
    .join('');
