const PATIENCE_MS = 20_000;

const problemLine = document.querySelector('.problem');
const statusLine = document.querySelector('[role=status]');
const steps = [...document.querySelectorAll('[data-step]')];

// It is never put into the page, so that nothing that reads the page can read it.
let token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';

const show = (name, { focus = true } = {}) => {
  for (const step of steps) step.hidden = step.dataset.step !== name;
  const shown = steps.find(step => !step.hidden);
  const heading = shown.querySelector('h1');
  document.title = `${heading.textContent} – Daymark`;
  if (focus) heading.focus();
  return shown;
};

const tell = text => {
  problemLine.textContent = text;
  problemLine.hidden = text === '';
};

const forgetToken = () => {
  token = '';
  history.replaceState(null, '', location.pathname);
};

const setFieldError = (input, text) => {
  document.getElementById(`${input.id}-error`).textContent = text;
  if (text === '') input.removeAttribute('aria-invalid');
  else input.setAttribute('aria-invalid', 'true');
};

const setShown = (button, shown) => {
  document.getElementById(button.dataset.shows).type = shown ? 'text' : 'password';
  button.textContent = shown ? 'Hide' : 'Show';
  button.setAttribute('aria-label', shown ? 'Hide the password' : 'Show the password');
};

const post = async (path, body) => {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    credentials: 'omit',
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const isProblem = response.headers.get('Content-Type')?.startsWith('application/problem+json') ?? false;
  return {
    status: response.status,
    problem: isProblem ? await response.json() : {},
    waitSeconds: Number(response.headers.get('Retry-After')),
  };
};

const inWords = seconds => {
  if (!(seconds > 0)) return 'a moment';
  if (seconds < 100) return seconds === 1 ? 'one second' : `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 100 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`;
};

const refusesToken = ({ errors = [] }) => errors.some(({ pointer }) => pointer === '/token');

const explain = ({ status, problem, waitSeconds }) => {
  if (status === 429) return `That was too often. Please wait ${inWords(waitSeconds)}, then try again.`;
  if (status === 503) return 'Daymark is very busy or being repaired. Please try again in a moment.';
  if (refusesToken(problem)) return 'This link is not complete.';
  if (problem.detail !== undefined) return problem.detail;
  const name =
    problem.request_id === undefined ? '' : ` If you report it, please name ${problem.request_id}.`;
  return `Something went wrong on our side. Please try again later.${name}`;
};

/** The refused fields of this form by name; what has no field here is left out. */
const fieldErrors = (form, { problem }) => {
  if (problem.code === 'invalid_credentials')
    return [
      [
        form.elements.password,
        'This is not the password that you chose when you registered. If it is lost, simply register again.',
      ],
    ];
  return (problem.errors ?? [])
    .map(({ pointer, detail }) => [form.elements[pointer.slice(1)], detail])
    .filter(([input]) => input instanceof HTMLInputElement);
};

const settle = (form, answer) => {
  const code = refusesToken(answer.problem) ? 'link_not_valid' : answer.problem.code;
  const next = form.getAttribute(`data-on-${answer.status}`) ?? form.getAttribute(`data-on-${code}`);
  if (next !== null) {
    form.reset();
    forgetToken();
    const shown = show(next);
    // What there is to do next needs the reason; a step that only tells how it ended says it itself.
    tell(next === 'without-token' && shown.querySelector('form') !== null ? explain(answer) : '');
    return;
  }
  const refused = fieldErrors(form, answer);
  for (const [input, text] of refused) setFieldError(input, text);
  if (refused.length > 0) refused[0][0].focus();
  else {
    tell(explain(answer));
    form.querySelector('[type=submit]').focus();
  }
};

const send = async form => {
  const fields = Object.fromEntries(new FormData(form));
  const body = 'needsToken' in form.dataset ? { token, ...fields } : fields;
  const controls = [...form.querySelectorAll('button')];
  for (const control of controls) control.disabled = true;
  form.setAttribute('aria-busy', 'true');
  statusLine.textContent = 'One moment, please.';
  let answer = null;
  try {
    answer = await post(form.dataset.post, body);
  } catch {
    tell('The server could not be reached. Please check your connection and try again.');
  }
  statusLine.textContent = '';
  form.removeAttribute('aria-busy');
  for (const control of controls) control.disabled = false;
  if (answer === null) form.querySelector('[type=submit]').focus();
  else settle(form, answer);
};

for (const button of document.querySelectorAll('[data-shows]'))
  button.addEventListener('click', () => setShown(button, button.textContent === 'Show'));

for (const input of document.querySelectorAll('input'))
  input.addEventListener('input', () => setFieldError(input, ''));

for (const form of document.forms)
  form.addEventListener('submit', event => {
    event.preventDefault();
    // A second Enter while the first one is under way.
    if (form.getAttribute('aria-busy') === 'true') return;
    tell('');
    const inputs = [...form.querySelectorAll('input')];
    for (const input of inputs) setFieldError(input, input.value === '' ? 'Please fill this in.' : '');
    const empty = inputs.find(input => input.value === '');
    // Browsers offer to keep a password only from a field of that type.
    for (const button of form.querySelectorAll('[data-shows]')) setShown(button, false);
    if (empty) empty.focus();
    else void send(form);
  });

// The next link of the same kind, followed in this tab, changes nothing but the fragment.
addEventListener('hashchange', () => location.reload());

show(token === '' ? 'without-token' : 'with-token', { focus: false });
