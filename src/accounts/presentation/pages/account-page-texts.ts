/**
 * The pages by path. Each is a few steps of which `account-pages.js` shows one. It reads from the markup what to do:
 * `data-step` names a step; a form is sent to `data-post`, and `data-on-CODE` names the step after an answer with that
 * status or problem code.
 */
export const accountPageTexts = (minimumLength: number): ReadonlyMap<string, string> =>
  new Map([
    ['/verify', page('Open your account', VERIFY)],
    ['/reset-password', page('Set a new password', resetPassword(minimumLength))],
    ['/confirm-email', page('Confirm your new mail address', CONFIRM_EMAIL)],
    ['/undo-email', page('Keep your former mail address', UNDO_EMAIL)],
  ]);

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Ccircle cx='16' cy='16' r='14' fill='%23b4541f'/%3E%3Cpath d='m10 16.5 4.5 4.5 8-9.5' fill='none' stroke='white' stroke-width='3.5'/%3E%3C/svg%3E";

const page = (title: string, steps: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title} – Daymark</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="/account-pages.css">
<script type="module" src="/account-pages.js"></script>
</head>
<body>
<header>Daymark</header>
<main>
<noscript><h1>${title}</h1><p>This page needs JavaScript. Please switch it on for this site and load the page again; the link stays good.</p></noscript>
<p class="problem" role="alert" hidden></p>
${steps}
<p class="unseen" role="status"></p>
</main>
</body>
</html>
`;

const step = (name: string, heading: string, content: string): string => `<section data-step="${name}" hidden>
<h1 tabindex="-1">${heading}</h1>
${content}
</section>`;

const form = (
  attributes: string,
  fields: string,
  button: string,
): string => `<form method="post" novalidate ${attributes}>
${fields}
<button type="submit">${button}</button>
</form>`;

const passwordField = (
  id: string,
  label: string,
  autocomplete: string,
  hint = '',
): string => `<div class="field">
<label for="${id}">${label}</label>
<div class="secret">
<input id="${id}" name="password" type="password" autocomplete="${autocomplete}" autocapitalize="none" spellcheck="false" required aria-describedby="${id}-hint ${id}-error">
<button type="button" class="quiet" data-shows="${id}" aria-label="Show the password">Show</button>
</div>
<p class="hint" id="${id}-hint">${hint}</p>
<p class="error" id="${id}-error"></p>
</div>`;

const EMAIL_FIELD = `<div class="field">
<label for="email">Mail address</label>
<input id="email" name="email" type="email" autocomplete="email" autocapitalize="none" spellcheck="false" required aria-describedby="email-error">
<p class="error" id="email-error"></p>
</div>`;

const VERIFY = [
  step(
    'with-token',
    'Open your account',
    `<p>Enter the password that you chose when you registered. It shows that this account is yours.</p>
${form(
  'data-post="/v1/accounts/verify" data-needs-token data-on-201="opened" data-on-200="open-already" data-on-link_not_valid="without-token" data-on-email_taken="taken"',
  passwordField('password', 'Password', 'current-password'),
  'Open my account',
)}`,
  ),
  step(
    'without-token',
    'Get a new link',
    `<p>A link is good for one day, and a newer one replaces it. Enter the mail address you registered with, and we send you another.</p>
${form('data-post="/v1/accounts/verify/resend" data-on-202="sent"', EMAIL_FIELD, 'Send me a new link')}`,
  ),
  step(
    'sent',
    'Look into your mailbox',
    '<p>If a registration waits for this address, a new mail is on its way. Older links have no effect any more.</p>',
  ),
  step('opened', 'Your account is open', '<p>Welcome to Daymark. You can log in now.</p>'),
  step(
    'open-already',
    'Your account is open',
    '<p>This link has opened it before, so there is nothing left to do. You can log in.</p>',
  ),
  step(
    'taken',
    'You have an account already',
    '<p>This mail address was verified for an account before. Log in with the password of that account, or <a href="/reset-password">set a new one</a>.</p>',
  ),
].join('\n');

const resetPassword = (minimumLength: number): string =>
  [
    step(
      'with-token',
      'Set a new password',
      form(
        'data-post="/v1/accounts/password/reset" data-needs-token data-on-204="done" data-on-link_not_valid="without-token"',
        passwordField(
          'password',
          'New password',
          'new-password',
          `At least ${minimumLength} characters. A few words in a row are hard to guess and easy to keep.`,
        ),
        'Set this password',
      ),
    ),
    step(
      'without-token',
      'Forgot your password?',
      `<p>Enter the mail address of your account, and we send you a link to set a new password.</p>
${form('data-post="/v1/accounts/password/forgot" data-on-202="sent"', EMAIL_FIELD, 'Send me a link')}`,
    ),
    step(
      'sent',
      'Look into your mailbox',
      '<p>If an account has this address, a mail is on its way. Its link is good for one hour.</p>',
    ),
    step(
      'done',
      'Your new password is set',
      '<p>All your devices were logged out. Log in with the new password.</p>',
    ),
  ].join('\n');

const CONFIRM_EMAIL = [
  step(
    'with-token',
    'Confirm your new mail address',
    `<p>From then on you log in with the address that this link was sent to, and our mails go there.</p>
${form(
  'data-post="/v1/accounts/email/confirm" data-needs-token data-on-204="done" data-on-link_not_valid="without-token" data-on-email_taken="taken"',
  '',
  'Use this address',
)}`,
  ),
  step(
    'without-token',
    'This link cannot be used',
    '<p>It is good for one day and works once. If you have confirmed already, your account has the new address. Otherwise ask for the change again in your account.</p>',
  ),
  step(
    'taken',
    'This address is in use',
    '<p>It belongs to another account by now, so nothing was changed. Your account keeps the address it has.</p>',
  ),
  step('done', 'Your mail address was changed', '<p>Log in with the new one from now on.</p>'),
].join('\n');

const UNDO_EMAIL = [
  step(
    'with-token',
    'Keep your former mail address',
    `<p>This stops the change of your mail address, or takes it back. If it was made already, every device is logged out, and we send you a link to set a new password.</p>
${form(
  'data-post="/v1/accounts/email/undo" data-needs-token data-on-204="done" data-on-link_not_valid="without-token" data-on-email_taken="taken"',
  '',
  'Keep my former address',
)}`,
  ),
  step(
    'without-token',
    'This link cannot be used',
    '<p>It is good for seven days and works once. If you have used it already, your account has its former address.</p>',
  ),
  step(
    'taken',
    'This address is in use',
    '<p>Your former address belongs to another account by now, so nothing was changed.</p>',
  ),
  step(
    'done',
    'Your account keeps its former mail address',
    '<p>If the change had been made already, every device was logged out, and a mail with a link to set a new password is on its way to you.</p>',
  ),
].join('\n');
