import request from 'supertest';
import { aGate } from '../../support/gate.ts';
import { connected } from '../../support/template-database.ts';
import { until } from '../faults/support/until.ts';
import { aPicture } from '../../support/fakes/publishing-images.ts';
import { startImagesApp, type ImagesApp } from '../../support/images-app.ts';
import { filesIn, multipart } from '../../support/multipart.ts';
import { PASSWORD, linksOf, refusal, signedIn, type Answer, type Person } from '../../support/person.ts';

let app: ImagesApp;
let ada: Person;

beforeAll(async () => {
  app = await startImagesApp();
});

beforeEach(async () => {
  ada = await signedIn(app);
});

afterAll(async () => {
  await app.close();
});

const upload = (person: Pick<Person, 'device'>, ...files: readonly (Buffer | string)[]): request.Test => {
  const { type, body } = filesIn(...files);
  return person.device.post('/v1/assets/images').set('Content-Type', type).send(body);
};

const uploaded = async (person: Person, ...files: readonly Buffer[]): Promise<Answer['body'][]> => {
  const answer = await upload(person, ...files);
  if (answer.status !== 201) throw new Error(`The upload answered ${answer.status}: ${answer.text}`);
  return answer.body.images;
};

const pathOf = (url: string): string => new URL(url).pathname;

const imagesOf = async ({ device }: Pick<Person, 'device'>): Promise<Answer['body'][]> =>
  (await device.get('/v1/assets/images')).body.images;

describe('uploading', () => {
  test('takes several files and answers them in their order', async () => {
    const pictures = [
      aPicture({ width: 1000, height: 500 }),
      aPicture({ format: 'png', bytes: 70_000 }),
      aPicture({ format: 'avif', width: 321, height: 400 }),
    ];
    const answer = await upload(ada, ...pictures);

    expect(answer.status).toBe(201);
    expect(answer.body.images).toHaveLength(3);
    const address = (rest: string) =>
      expect.stringMatching(
        new RegExp(`^http://localhost:3000/v1/users/${ada.username}/images/[a-z2-7]{26}${rest}$`),
      );
    expect(answer.body.images[0]).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      ...{ url: address('\\.jpg'), width: 1000, height: 500, bytes: 500, content_type: 'image/jpeg' },
      variants: [
        { url: address('-320\\.webp'), width: 320, height: 160, bytes: 11, content_type: 'image/webp' },
        { url: address('-640\\.webp'), width: 640, height: 320, bytes: 11, content_type: 'image/webp' },
      ],
    });
    expect(answer.body.images[1]).toMatchObject({ content_type: 'image/png', bytes: 70_000, variants: [] });
    expect(answer.body.images[2]).toMatchObject({ content_type: 'image/avif', variants: [{ width: 320 }] });
    expect(app.workshop.kept).toBe(0);
  });

  test('takes files under any field names, and one without a file name', async () => {
    const { type, body } = multipart([
      { name: 'a', fileName: 'a.txt', type: 'text/plain', bytes: aPicture() },
      { name: 'b', type: 'image/png', bytes: aPicture({ format: 'png' }) },
    ]);
    const answer = await ada.device.post('/v1/assets/images').set('Content-Type', type).send(body);

    expect([answer.status, answer.body.images.length]).toEqual([201, 2]);
  });

  test.each<[string, readonly (Buffer | string)[], number, string]>([
    ['nothing', [], 422, 'no_files'],
    ['an empty file', [''], 422, 'not_an_image'],
    ['one that is no image', [aPicture(), 'GIF89a<script>', aPicture()], 422, 'not_an_image'],
  ])('of %s takes nothing', async (_what, files, status, code) => {
    const before = await app.store.keys();
    const answer = await upload(ada, ...files);

    expect(refusal(answer)).toEqual([status, code]);
    expect(await imagesOf(ada)).toEqual([]);
    expect(await app.store.keys()).toEqual(before);
    expect(app.workshop.kept).toBe(0);
  });

  test('names the file that is no image', async () => {
    const answer = await upload(ada, aPicture(), 'no picture');

    expect(answer.body.detail).toBe('2.jpg: this is no picture.');
  });

  test('asks who it is before it reads', async () => {
    const { type, body } = filesIn(aPicture());
    const answer = await request(app.url).post('/v1/assets/images').set('Content-Type', type).send(body);

    expect(refusal(answer)).toEqual([403, 'token_missing']);
  });
});

describe('the list of your images', () => {
  test('is paged, the newest first, and holds nobody else’s', async () => {
    const [first] = await uploaded(ada, aPicture());
    const [second, third] = await uploaded(ada, aPicture(), aPicture());
    await uploaded(await signedIn(app), aPicture());

    const page = await ada.device.get('/v1/assets/images?limit=2');
    const beyond = await ada.device.get('/v1/assets/images?page=9');

    expect(page.body.images).toEqual([third, second]);
    expect(page.headers['x-total-count']).toBe('3');
    expect(linksOf(page).next).toContain('page=2');
    expect((await ada.device.get('/v1/assets/images?limit=2&page=2')).body.images).toEqual([first]);
    expect([beyond.body.images, beyond.headers['x-total-count']]).toEqual([[], '3']);
  });

  test('is part of the export', async () => {
    const [image] = await uploaded(ada, aPicture());
    const { body } = await ada.device.get('/v1/accounts/me/export');

    expect(body.images).toEqual([{ ...image, created_at: app.clock.now().toISOString() }]);
  });
});

describe('deleting', () => {
  test('takes the image away at once and its objects soon', async () => {
    const before = await app.store.keys();
    const [image, other] = await uploaded(ada, aPicture({ width: 700 }), aPicture());
    const gone = await ada.device.delete(`/v1/assets/images/${image.id}`);

    expect(gone.status).toBe(204);
    expect(refusal(await request(app.url).get(pathOf(image.url)))).toEqual([404, 'image_not_found']);
    expect(refusal(await request(app.url).get(pathOf(image.variants[0].url)))).toEqual([
      404,
      'image_not_found',
    ]);
    await app.deliver();
    const left = (await app.store.keys()).filter(key => !before.includes(key));
    expect(left).toEqual([`images/${other.url.split('/').at(-1)}`]);
  });

  test('is for the owner alone, who cannot do it twice', async () => {
    const [image] = await uploaded(ada, aPicture());
    const bob = await signedIn(app);

    expect(refusal(await bob.device.delete(`/v1/assets/images/${image.id}`))).toEqual([
      404,
      'image_not_found',
    ]);
    expect((await ada.device.delete(`/v1/assets/images/${image.id}`)).status).toBe(204);
    expect(refusal(await ada.device.delete(`/v1/assets/images/${image.id}`))).toEqual([
      404,
      'image_not_found',
    ]);
    expect((await ada.device.delete('/v1/assets/images/17')).status).toBe(422);
  });

  test('by the address of any of its files takes the whole image', async () => {
    const [image] = await uploaded(ada, aPicture({ width: 1000, height: 500 }));
    const bob = await signedIn(app);
    const smaller = pathOf(image.variants[0].url);

    expect(refusal(await bob.device.delete(smaller))).toEqual([404, 'image_not_found']);
    expect(refusal(await ada.device.delete(`/v1/users/${ada.username}/images/holiday.jpg`))).toEqual([
      404,
      'image_not_found',
    ]);
    expect((await ada.device.delete(smaller)).status).toBe(204);

    expect(await imagesOf(ada)).toEqual([]);
    expect((await request(app.url).get(pathOf(image.url))).status).toBe(404);
  });

  test('twice at the same moment works once', async () => {
    const [image] = await uploaded(ada, aPicture());
    const answers = await connected(app.databaseUrl, async client => {
      await client.query('begin');
      await client.query('select 1 from images where id = $1 for update', [image.id]);
      const pending = Promise.all(
        Array.from({ length: 2 }, () => ada.device.delete(`/v1/assets/images/${image.id}`)),
      );
      await until('both have found it', async () => {
        const { rows } = await client.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows.length === 2;
      });
      await client.query('rollback');
      return await pending;
    });

    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404]);
  });

  test('is tried again while the store is down', async () => {
    const before = await app.store.keys();
    const [image] = await uploaded(ada, aPicture());
    await ada.device.delete(`/v1/assets/images/${image.id}`).expect(204);

    app.store.isDown = true;
    await app.deliver();
    app.store.isDown = false;
    const meanwhile = await app.store.keys();
    app.clock.advance(5_000);
    await app.deliver();

    expect(meanwhile).toHaveLength(before.length + 1);
    expect(await app.store.keys()).toEqual(before);
  });
});

describe('closing the account', () => {
  const close = ({ device }: Person) => device.delete('/v1/accounts/me').send({ password: PASSWORD });

  test('takes all images and objects with it', async () => {
    const before = await app.store.keys();
    const [image] = await uploaded(ada, aPicture({ width: 2000 }), aPicture());

    await close(ada).expect(204);
    expect(refusal(await request(app.url).get(pathOf(image.url)))).toEqual([404, 'image_not_found']);
    await app.deliver();

    expect(await app.store.keys()).toEqual(before);
  });

  test.each<[string, 'workshop' | 'store']>([
    ['while the files are looked at', 'workshop'],
    ['while they are stored', 'store'],
  ])('%s leaves neither row nor object', async (_when, where) => {
    const before = await app.store.keys();
    const gate = aGate();
    if (where === 'workshop') app.workshop.gate = gate;
    else app.store.putGate = gate;
    const pending = upload(ada, aPicture({ width: 700 })).then(answer => answer);
    await until('the upload is under way', () => app.workshop.kept === 1);

    await close(ada).expect(204);
    await app.deliver();
    gate.open();
    app.workshop.gate = app.store.putGate = null;
    const answer = await pending;
    await app.deliver();

    expect(refusal(answer)).toEqual([403, 'session_revoked']);
    expect(await app.store.keys()).toEqual(before);
    expect(await rowsOf(ada)).toBe(0);
    expect(app.workshop.kept).toBe(0);
  });

  test('at the very moment of the upload leaves neither row nor object', async () => {
    const before = await app.store.keys();
    const people: Person[] = [];
    while (people.length < 6) people.push(await signedIn(app));
    const answers = await Promise.all(
      people.flatMap(person => [
        upload(person, aPicture({ width: 700 })),
        upload(person, aPicture()),
        close(person),
      ]),
    );
    await app.deliver();

    expect(answers.filter(({ status }) => ![201, 204, 403].includes(status))).toEqual([]);
    expect(await app.store.keys()).toEqual(before);
    expect(await Promise.all(people.map(rowsOf))).toEqual(people.map(() => 0));
  });
});

const rowsOf = ({ id }: Person): Promise<number> =>
  connected(app.databaseUrl, async client => {
    const { rows } = await client.query('select 1 from images where owner_id = $1', [id]);
    return rows.length;
  });

describe('the room of an account', () => {
  const take = ({ id }: Person, images: number, bytes: number): Promise<unknown> =>
    connected(app.databaseUrl, client =>
      client.query(
        `insert into images (id, owner_id, owner_name, key, format, width, height, bytes, total_bytes, variants, created_at)
         select gen_random_uuid(), $1, 'x', gen_random_uuid(), 'png', 1, 1, 1, $3, '[]', now()
         from generate_series(1, $2::int)`,
        [id, images, bytes],
      ),
    );

  test('ends at 2,000 images', async () => {
    await take(ada, 1_998, 1);

    expect(refusal(await upload(ada, aPicture(), aPicture(), aPicture()))).toEqual([409, 'quota_exceeded']);
    expect((await upload(ada, aPicture(), aPicture())).status).toBe(201);
    expect(refusal(await upload(ada, aPicture()))).toEqual([409, 'quota_exceeded']);
  });

  test('is not exceeded by uploads that race', async () => {
    await take(ada, 10, 99_999_900);
    const before = await app.store.keys();
    const answers = await Promise.all(Array.from({ length: 6 }, () => upload(ada, aPicture({ bytes: 400 }))));

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409, 409, 409]);
    expect(await app.store.keys()).toHaveLength(before.length + 2);
  });
});
