// The floor: what the measured operations cost with node:http and the drivers alone. It asks Postgres and Redis the
// same, computes the same cryptography and answers the same JSON as the product, and does nothing else: it parses only
// what it must, refuses nothing politely, logs nothing, counts nothing. It is the plain program one would write first:
// where the product is cleverer (statements that stay planned, signatures that were checked before), a ratio below one
// says so. It runs under the same node options. Started by run.ts.
import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { join } from 'node:path';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import { FloorQueries } from './floor-queries.ts';
import { FloorPublishing } from './floor-publishing.ts';
import { clientFor, FloorSessions, type FloorSession } from './floor-sessions.ts';
import { FloorUploads } from './floor-uploads.ts';
import { FloorTokens } from './floor-tokens.ts';
import { answerUsage } from './usage.ts';

const setting = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is required.`);
  return value;
};

const DEVICE = 'Firefox on Linux';
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Strict';

const queries = new FloorQueries(setting('DATABASE_URL'), Number(setting('DATABASE_POOL_SIZE')));
const redis = clientFor(setting('REDIS_URL'));
const sessions = new FloorSessions(redis);
const publishing = new FloorPublishing(
  setting('DATABASE_URL'),
  Number(setting('DATABASE_POOL_SIZE')),
  redis,
  setting('PUBLIC_URL'),
);
const uploads = new FloorUploads(
  setting('DATABASE_URL'),
  Number(setting('DATABASE_POOL_SIZE')),
  join(setting('DATA_DIR'), 'floor-images'),
);
const tokens = new FloorTokens(setting('SIGNING_KEYS'), setting('SESSION_SECRET'));

const send = (
  response: ServerResponse,
  body: unknown,
  headers: OutgoingHttpHeaders = {},
  status = 200,
): void => {
  const text = JSON.stringify(body);
  response
    .writeHead(status, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(text),
      ...headers,
    })
    .end(text);
};

const readBody = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
};

const cookie = (name: string, value: string, maxAge: number): string =>
  `${name}=${value}; Max-Age=${maxAge}; ${ATTRIBUTES}`;

const tokenAnswer = (session: FloorSession, user: unknown) => ({
  body: {
    access_token: tokens.access(session.accountId, session.id, session.generation),
    token_type: 'Bearer',
    expires_in: 600,
    user,
  },
  cookie: cookie(
    '__Host-refresh_token',
    tokens.refresh(session.id, session.salt, session.generation),
    1_209_600,
  ),
});

const authenticate = async (request: IncomingMessage): Promise<string> => {
  const { sub, sid } = tokens.verify((request.headers.authorization ?? '').slice('Bearer '.length));
  await sessions.requireLive(sid);
  return sub;
};

const logIn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { email, password } = (await readBody(request)) as { email: string; password: string };
  const { id, password_hash: hash, role, epoch } = await queries.credentials(email);
  if (hash !== password) throw new Error('Wrong password.');
  const session = await sessions.open(id, role, epoch, DEVICE);
  const { user } = await queries.me(id);
  await sessions.countOf(id);
  await queries.noteLogin(randomUUIDv7(), id, DEVICE);
  const answer = tokenAnswer(session, user);
  const device = tokens.device(randomBytes(16).toString('base64url'), id);
  send(response, answer.body, { 'Set-Cookie': [answer.cookie, cookie('__Host-device', device, 34_560_000)] });
};

const REFRESH = /__Host-refresh_token=v1\.([\w-]{22})\.(\d+)\.([\w-]{43})/;

const refresh = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const [, id = '', generation, mac = ''] = REFRESH.exec(request.headers.cookie ?? '') ?? [];
  const presented = Number(generation);
  const { version, session } = await sessions.load(id);
  if (!tokens.isGenuine(id, session.salt, presented, mac) || presented !== session.generation)
    throw new Error('The refresh token is not good.');
  const user = await queries.userBehind(session);
  const now = Date.now();
  const next = {
    ...session,
    generation: presented + 1,
    confirmed: presented,
    rotatedAt: now,
    lastUsedAt: now,
  };
  await sessions.save(version, next);
  const answer = tokenAnswer(next, user);
  send(response, answer.body, { 'Set-Cookie': answer.cookie });
};

const me = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  send(response, await queries.me(await authenticate(request)));
};

const activity = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const limit = Number(new URLSearchParams(request.url?.split('?')[1]).get('limit'));
  const { total, activity } = await queries.activity(await authenticate(request), limit);
  send(response, { activity }, { 'X-Total-Count': total });
};

const articles = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const limit = Number(new URLSearchParams(request.url?.split('?')[1]).get('limit'));
  const { total, articles } = await publishing.articles(limit);
  send(response, { articles }, { 'X-Total-Count': String(total) });
};

const upload = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  send(response, await uploads.take(request, await authenticate(request)), {}, 201);
};

const answerByName = async (path: string, response: ServerResponse): Promise<void> => {
  const [, , kind, name = '', part] = path.split('/');
  if (kind === 'articles') send(response, await publishing.article(name));
  else if (part === undefined) send(response, await publishing.publicPage(name));
  else send(response, await publishing.greetings(name));
};

const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const path = (request.url ?? '').split('?')[0] ?? '';
  switch (path) {
    case '/healthz':
      send(response, {});
      return;
    case '/v1/accounts/login':
      return logIn(request, response);
    case '/v1/accounts/token':
      return refresh(request, response);
    case '/v1/accounts/me':
      return me(request, response);
    case '/v1/accounts/me/activity':
      return activity(request, response);
    case '/v1/assets/images':
      return upload(request, response);
    case '/v1/articles':
      return articles(request, response);
    default:
      return answerByName(path, response);
  }
};

process.once('SIGTERM', () => process.exit());
answerUsage();
await redis.connect();
createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    console.error(error);
    response.writeHead(500, { 'Content-Length': 0 }).end();
  });
}).listen(Number(setting('PORT')), '127.0.0.1');
