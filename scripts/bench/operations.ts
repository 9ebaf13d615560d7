import type { Script } from './load.ts';
import { PASSWORD, type Person } from './people.ts';
import { photoOf } from './picture.ts';
import { articleOf } from './writings.ts';

/** What is measured. */
export interface Operation {
  readonly name: string;
  readonly title: string;
  /** The most CPU a request may cost, in multiples of the floor's; null where nothing is promised. */
  readonly target: number | null;
  /** What has to be ready before anything is sent. */
  readonly prepare?: () => Promise<void>;
  /** Other numbers of connections than the plan's, for work that is not done by the thousand. */
  readonly connections?: readonly number[];
  /** @param strangers addresses to log in with. */
  scriptFor(person: Person, strangers: Iterator<string, never>): Script;
}

const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

const request = (method: string, target: string, headers: Readonly<Record<string, string>>, body = '') => {
  const all = { Host: 'bench.example', 'User-Agent': USER_AGENT, Accept: 'application/json', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
};

const mustBeOk = (status: number): string | null => (status === 200 ? null : `status ${status}`);

const read = (target: (person: Person) => string, { signedIn }: { signedIn: boolean }) => {
  return (person: Person): Script => {
    const text = request(
      'GET',
      target(person),
      signedIn ? { Authorization: `Bearer ${person.accessToken}` } : {},
    );
    return { request: () => text, check: mustBeOk };
  };
};

const logIn = (_person: Person, strangers: Iterator<string, never>): Script => ({
  request: () => {
    const body = JSON.stringify({ email: strangers.next().value, password: PASSWORD });
    const headers = { 'Content-Type': 'application/json', 'Content-Length': String(body.length) };
    return request('POST', '/v1/accounts/login', headers, body);
  },
  check: mustBeOk,
});

const refresh = (person: Person): Script => ({
  request: () =>
    request('POST', '/v1/accounts/token', { Cookie: person.refreshCookie, 'Content-Length': '0' }),
  check: (status, head) => {
    if (status !== 200) return `status ${status}`;
    const next = /\r\nset-cookie: *([^;\r]+)/i.exec(head)?.[1];
    if (next === undefined || next === person.refreshCookie) return 'no new cookie';
    person.refreshCookie = next;
    return null;
  },
});

const BOUNDARY = 'bench-boundary';
const PHOTO_BYTES = 2_000_000;
let photo = '';

const upload = ({ accessToken }: Person): Script => {
  const type = `multipart/form-data; boundary=${BOUNDARY}`;
  const body =
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="photo"; filename="photo.jpg"\r\n` +
    `Content-Type: image/jpeg\r\n\r\n${photo}\r\n--${BOUNDARY}--\r\n`;
  const headers = {
    Authorization: `Bearer ${accessToken}`,
    'Content-Type': type,
    'Content-Length': String(body.length),
  };
  const text = request('POST', '/v1/assets/images', headers, body);
  return { request: () => text, check: status => (status === 201 ? null : `status ${status}`) };
};

export const OPERATIONS: readonly Operation[] = [
  { name: 'login', title: 'login without the hash', target: null, scriptFor: logIn },
  { name: 'token', title: 'token (refresh)', target: 2, scriptFor: refresh },
  {
    name: 'me',
    title: 'protected read of one row',
    target: 1.5,
    scriptFor: read(() => '/v1/accounts/me', { signedIn: true }),
  },
  {
    name: 'page',
    title: 'public page',
    target: 1.5,
    scriptFor: read(({ username }) => `/v1/users/${username}`, { signedIn: false }),
  },
  {
    name: 'list',
    title: 'list of 20 (activity)',
    target: 1.5,
    scriptFor: read(() => '/v1/accounts/me/activity?limit=20', { signedIn: true }),
  },
  {
    name: 'article',
    title: 'article by slug',
    target: 1.5,
    scriptFor: read(({ username }) => `/v1/articles/${articleOf(username)}`, { signedIn: false }),
  },
  {
    name: 'articles',
    title: 'list of 20 (articles)',
    target: 1.5,
    scriptFor: read(() => '/v1/articles?limit=20', { signedIn: false }),
  },
  {
    name: 'count',
    title: 'greetings count',
    target: 1.5,
    scriptFor: read(({ username }) => `/v1/users/${username}/greetings/count`, { signedIn: false }),
  },
  {
    name: 'upload',
    title: 'upload of a 2 MB jpeg',
    target: null,
    connections: [1, 8],
    prepare: async () => {
      photo = (await photoOf(PHOTO_BYTES)).toString('latin1');
    },
    scriptFor: upload,
  },
];

/** Reads whose answers must be the same from both programs, or the comparison means nothing. */
export const comparedReads = ({ username }: Person): readonly string[] => [
  '/v1/accounts/me',
  `/v1/users/${username}`,
  '/v1/accounts/me/activity?limit=20',
  `/v1/articles/${articleOf(username)}`,
  '/v1/articles?limit=20',
  `/v1/users/${username}/greetings/count`,
];
