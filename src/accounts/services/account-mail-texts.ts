import type { Mail } from '../../shared/services/mailer.ts';

type Text = Pick<Mail, 'subject' | 'text' | 'html'>;

/** Where the links in mails lead. The token stands in the fragment, which browsers send to nobody. */
export class MailLinks {
  readonly #webUrl: string;

  constructor(webUrl: string) {
    this.#webUrl = webUrl;
  }

  to(page: 'verify' | 'reset-password' | 'confirm-email' | 'undo-email', token?: string): string {
    return `${this.#webUrl}/${page}${token === undefined ? '' : `#token=${token}`}`;
  }
}

export const verifyAddress = (link: string): Text =>
  compose('Confirm your mail address', [
    'Welcome to Daymark. To open your account, follow this link and enter the password you chose:',
    link,
    'The link is good for one day. If you did not register, there is nothing to do: without your password nothing happens.',
  ]);

export const accountExists = (reset: string): Text =>
  compose('You have an account already', [
    'Somebody, probably you, tried to register at Daymark with this mail address. It has an account already: simply log in.',
    'If you have forgotten your password, set a new one here:',
    reset,
    'If this was not you, there is nothing to do. Nothing was changed.',
  ]);

export const resetPassword = (link: string): Text =>
  compose('Set a new password', [
    'To set a new password for your Daymark account, follow this link:',
    link,
    'It is good for one hour and works once. If you did not ask for it, there is nothing to do: your password stays as it is.',
  ]);

export const passwordWasChanged = (reset: string): Text =>
  compose('Your password was changed', [
    'The password of your Daymark account was changed, and your other devices were logged out.',
    'If this was not you, set a new password at once:',
    reset,
  ]);

export const confirmEmail = (link: string): Text =>
  compose('Confirm your new mail address', [
    'To use this mail address for your Daymark account from now on, follow this link:',
    link,
    'It is good for one day. If you did not ask for this, there is nothing to do.',
  ]);

export const addressInUse = (): Text =>
  compose('This mail address is in use already', [
    'Somebody, probably you, tried to move a Daymark account to this mail address. It belongs to an account already, so nothing was changed.',
  ]);

export const emailChangeAsked = (newEmail: string, undo: string): Text =>
  compose('Your mail address is about to change', [
    `Somebody asked to move your Daymark account to ${newEmail}. The change takes effect when that mailbox confirms it.`,
    'If this was not you, stop it, or take it back, with this link. It is good for seven days:',
    undo,
  ]);

export const emailWasChanged = (newEmail: string): Text =>
  compose('Your mail address was changed', [
    `Your Daymark account now uses ${newEmail}. If this was not you, use the link in the mail that announced the change: it takes the change back.`,
  ]);

export const refreshWasReused = (device: string, reset: string): Text =>
  compose('One of your sessions was ended', [
    `A session of your Daymark account (${device}) was used from two places at once, as if somebody had copied it. We have ended it; your other devices stay logged in.`,
    'If you are not sure what happened, set a new password. That logs out every device:',
    reset,
  ]);

export const accountWasClosed = (): Text =>
  compose('Your account was closed', [
    'Your Daymark account and everything that belonged to it were deleted, as you asked. Goodbye, and thank you.',
  ]);

const compose = (subject: string, paragraphs: readonly string[]): Text => ({
  subject,
  text: `${paragraphs.join('\n\n')}\n\n— Daymark\n`,
  html: `<!doctype html><html lang="en"><meta charset="utf-8"><body>${paragraphs.map(paragraph).join('')}<p>— Daymark</p></body></html>`,
});

const paragraph = (text: string): string => {
  const safe = escape(text);
  return /^https?:\/\/\S+$/.test(text) ? `<p><a href="${safe}">${safe}</a></p>` : `<p>${safe}</p>`;
};

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
