import { startApp, type TestApp } from '../../support/app.ts';
import { refusal, signedIn } from '../../support/person.ts';
import { write } from './writing.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ RATE_LIMITS: 'on' });
});

afterAll(async () => {
  await app.close();
});

test('an account may write 120 times an hour, whatever it does, and others go on', async () => {
  const [ada, bob] = [await signedIn(app), await signedIn(app)];
  const { slug } = await write(ada);
  for (let count = 1; count < 120; count += 2) {
    await ada.device.post(`/v1/articles/${slug}/publish`).expect(200);
    if (count < 119) await ada.device.patch(`/v1/articles/${slug}`).send({ tags: [] }).expect(200);
  }

  const refused = [
    await ada.device.post('/v1/articles').send({ title: 'One more', body: 'b' }),
    await ada.device.patch(`/v1/articles/${slug}`).send({ body: 'b' }),
    await ada.device.delete(`/v1/articles/${slug}`),
  ];

  expect(refused.map(refusal)).toEqual(refused.map(() => [429, 'too_many_attempts']));
  expect(Number(refused[0]!.headers['retry-after'])).toBeGreaterThan(3_000);
  await ada.device.get(`/v1/articles/${slug}`).expect(200);
  await write(bob);
});
