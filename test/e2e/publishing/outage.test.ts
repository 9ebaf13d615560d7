import request from 'supertest';
import { startApp, type TestApp } from '../../support/app.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { ownTime } from '../../support/own-time.ts';
import { signedIn, type Person } from '../../support/person.ts';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { until } from '../faults/support/until.ts';
import { read, write } from './writing.ts';

let database: TestDatabase;
let wire: TcpProxy;
let app: TestApp;
let ada: Person;
let slug: string;

beforeAll(async () => {
  database = await createDatabase();
  const url = new URL(database.url);
  wire = await startProxy(url.hostname, Number(url.port || 5432));
  url.hostname = '127.0.0.1';
  url.port = String(wire.port);
  app = await startApp({ DATABASE_URL: url.href });
  ada = await signedIn(app);
  slug = (await write(ada)).slug as string;
});

afterAll(async () => {
  wire.heal();
  await app.close();
  await wire.close();
  await database.drop();
});

const everything = (): readonly request.Test[] => [
  read(app, slug),
  read(app, slug).set('If-None-Match', '"x"'),
  ...['/v1/articles', '/v1/articles?q=rain&tag=x', '/v1/tags'].map(path => request(app.url).get(path)),
  ...['articles', 'feed.atom', 'feed.json', 'feed.rss'].map(name =>
    request(app.url).get(`/v1/users/${ada.username}/${name}`),
  ),
  ada.device.get('/v1/accounts/me/articles'),
  ada.device.post('/v1/articles').send({ title: 'A', body: 'b' }),
  ada.device.patch(`/v1/articles/${slug}`).send({ body: 'Other.' }),
  ada.device.post(`/v1/articles/${slug}/unpublish`),
  ada.device.delete(`/v1/articles/${slug}`),
];

describe.each<[string, () => void, () => void]>([
  ['is gone', () => wire.cut(), () => wire.heal()],
  ['is behind a wire that carries nothing', () => wire.freeze(), () => wire.thaw()],
])('while Postgres %s', (_what, begin, end) => {
  test('every route says so at once, changes nothing, and works again afterwards', async () => {
    begin();
    const answers = [];
    for (const question of everything()) {
      const ms = await ownTime(() => question);
      const { status, body, headers } = await question;
      answers.push({ status, code: body.code, retry: headers['retry-after'], slow: ms > 1_000 });
    }
    end();
    await until('Postgres is back', async () => (await read(app, slug)).status === 200);

    expect(answers).toEqual(
      answers.map(() => ({ status: 503, code: 'temporarily_unavailable', retry: '1', slow: false })),
    );
    expect((await read(app, slug)).body.article).toMatchObject({ status: 'published', body: 'Some words.' });
    await write(ada);
  });
});
