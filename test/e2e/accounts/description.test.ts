import request from 'supertest';
import { startApp, type TestApp } from '../../support/app.ts';
import { ROUTES } from '../../../src/tokens.ts';
import { signedIn, type Answer, type Person } from '../../support/person.ts';

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security: readonly object[];
  readonly responses: Readonly<Record<string, Described>>;
}

interface Described {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
}

const PROMISED = `
  post /v1/accounts/register
  post /v1/accounts/verify
  post /v1/accounts/verify/resend
  post /v1/accounts/login
  post /v1/accounts/token
  post /v1/accounts/logout
  get /v1/accounts/sessions
  delete /v1/accounts/sessions
  delete /v1/accounts/sessions/{id}
  post /v1/accounts/password/forgot
  post /v1/accounts/password/reset
  put /v1/accounts/password
  post /v1/accounts/email
  post /v1/accounts/email/confirm
  post /v1/accounts/email/undo
  get /v1/accounts/me
  patch /v1/accounts/me
  delete /v1/accounts/me
  get /v1/accounts/me/export
  get /v1/accounts/me/activity
  get /v1/users/{username}
  post /v1/users/{username}/greetings
  get /v1/users/{username}/greetings
  get /v1/users/{username}/greetings/count
  patch /v1/users/{username}/greetings/{id}
  delete /v1/users/{username}/greetings/{id}
  patch /v1/users/{username}/guestbook
  post /v1/greetings
  get /v1/greetings
  get /v1/greetings/count
  patch /v1/greetings/{id}
  delete /v1/greetings/{id}
  patch /v1/guestbook
  post /v1/articles
  get /v1/articles
  get /v1/articles/{slug}
  patch /v1/articles/{slug}
  delete /v1/articles/{slug}
  post /v1/articles/{slug}/publish
  post /v1/articles/{slug}/unpublish
  get /v1/accounts/me/articles
  get /v1/tags
  get /v1/users/{username}/articles
  get /v1/users/{username}/feed.atom
  get /v1/users/{username}/feed.json
  get /v1/users/{username}/feed.rss
  post /v1/assets/images
  get /v1/assets/images
  delete /v1/assets/images/{id}
  get /v1/users/{username}/images/{file}
  delete /v1/users/{username}/images/{file}
  get /v1/admin/accounts
  post /v1/admin/accounts/{id}/ban
  post /v1/admin/accounts/{id}/unban
  delete /v1/admin/accounts/{id}/sessions
  post /v1/admin/accounts/{id}/password-reset
  get /.well-known/jwks.json`
  .trim()
  .split('\n')
  .map(line => line.trim());

let app: TestApp;
let person: Person;
let operations: ReadonlyMap<string, Operation>;

beforeAll(async () => {
  app = await startApp();
  person = await signedIn(app);
  const { body } = await request(app.url).get('/openapi.json').expect(200);
  const paths = body.paths as Record<string, Record<string, Operation>>;
  operations = new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
    ),
  );
});

afterAll(async () => {
  await app.close();
});

test('lists every route that is promised, and every route that there is', () => {
  const routes = app.container.getAll(ROUTES).flat();
  const existing = routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);

  expect(PROMISED.filter(each => !operations.has(each))).toEqual([]);
  expect(existing.filter(each => !operations.has(each))).toEqual([]);
});

/** Feeds and pictures have shapes that others have set. */
const OURS = /^application\/(problem\+)?json$/;

/** What somebody who writes a client would miss. */
const gapsOf = ({ summary, tags, responses }: Operation): readonly string[] => {
  const gaps: string[] = [];
  if (!summary) gaps.push('a summary');
  if (!tags?.length) gaps.push('a tag');
  if (Object.keys(responses).every(status => Number(status) >= 400)) gaps.push('an answer');
  for (const [status, { description, content = {} }] of Object.entries(responses)) {
    if (!description) gaps.push(`what ${status} means`);
    const types = Object.entries(content);
    if (!['204', '301', '304'].includes(status) && types.length === 0) gaps.push(`the type of ${status}`);
    if (types.some(([type, { schema }]) => OURS.test(type) && !schema)) gaps.push(`the shape of ${status}`);
  }
  return gaps;
};

test('says of every route what it is for, and of what type each answer is', () => {
  const gaps = [...operations].flatMap(([operation, described]) =>
    gapsOf(described).map(gap => `${operation} lacks ${gap}`),
  );

  expect(gaps).toEqual([]);
});

const ask = (operation: string, body: object | undefined, token?: string): request.Test => {
  const [method = '', path = ''] = operation.split(' ');
  const filled = path
    .replace('{id}', person.id)
    .replace('{username}', 'nobody-here')
    .replace('{slug}', 'no-such-article');
  const asked = request(app.url)[method as 'post'](filled);
  if (token !== undefined) void asked.auth(token, { type: 'bearer' });
  return body === undefined ? asked : asked.send(body);
};

/** What is wrong with an answer, measured by the description of its operation. */
const mismatch = (operation: string, { status, body }: Answer): string | null => {
  const described = operations.get(operation)?.responses[String(status)];
  if (!described) return `${operation} answered ${status}`;
  if (status < 400 || described.description.includes(`\`${body.code}\``)) return null;
  return `${operation} answered ${status} ${body.code}`;
};

describe('says of every route how it answers', () => {
  test.each(PROMISED)('%s', async operation => {
    const answers = [
      await ask(operation, undefined),
      await ask(operation, { nonsense: true }),
      await ask(operation, undefined, 'no-token'),
      await ask(operation, { nonsense: true }, person.device.accessToken),
    ];

    expect(answers.map(answer => mismatch(operation, answer))).toEqual([null, null, null, null]);
    const { security } = operations.get(operation)!;
    // An empty entry says that it can also be called by nobody.
    const needsToken =
      security.some(each => 'bearer' in each) && security.every(each => Object.keys(each).length > 0);
    if (needsToken) expect(answers[0]!.body.code).toBe('token_missing');
    else expect(answers[0]!.status).not.toBe(403);
  });
});
