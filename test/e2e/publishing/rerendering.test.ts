import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { projectRoot } from '../../../scripts/services/project.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import { COMPILE_CACHE } from '../../support/compile-cache.ts';
import { signedIn, type Person } from '../../support/person.ts';
import { connected } from '../../support/template-database.ts';
import { read, write } from './writing.ts';

let app: TestApp;
let ada: Person;

beforeAll(async () => {
  app = await startApp();
  ada = await signedIn(app);
});

afterAll(async () => {
  await app.close();
});

const command = async (): Promise<string> => {
  const env = {
    PATH: process.env.PATH,
    ...COMPILE_CACHE,
    DATABASE_URL: app.databaseUrl,
    REDIS_URL: app.redisUrl,
  };
  const ran = promisify(execFile)(process.execPath, ['scripts/rerender-articles.ts'], {
    cwd: projectRoot,
    env,
  });
  return (await ran).stdout;
};

test('the command renders again what an older renderer made, and readers see it', async () => {
  const articles = [await write(ada), await write(ada), await write(ada)];
  const [{ slug }] = articles;
  await connected(app.databaseUrl, client =>
    client.query(`update articles set renderer_version = 0, html = 'old' where slug <> $1`, [
      articles[1].slug,
    ]),
  );
  const old = await read(app, slug).expect(200);
  app.clock.advance(60_000);

  const printed = await Promise.all([command(), command()]);
  const again = await command();

  const counts = printed.map(text => Number(/^(\d+) articles? rendered again\.$/m.exec(text)?.[1]));
  expect(counts.reduce((sum, count) => sum + count)).toBe(2);
  expect(again).toBe('0 articles rendered again.\n');
  const fresh = await read(app, slug).set('If-None-Match', String(old.headers.etag)).expect(200);
  expect(fresh.body.article.html).toBe(articles[0].html);
  expect(fresh.body.article.updated_at).toBe(articles[0].updated_at);
});
