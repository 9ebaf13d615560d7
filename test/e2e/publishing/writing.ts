import request from 'supertest';
import type { TestApp } from '../../support/app.ts';
import type { Answer, Person } from '../../support/person.ts';

let written = 0;

/** A title that nothing else in this process has. */
export const aTitle = (): string => `Something new number ${++written}`;

/** The article as it is answered, published unless `facts` say otherwise. */
export const write = async (
  { device }: Pick<Person, 'device'>,
  facts: Readonly<Record<string, unknown>> = {},
): Promise<Answer['body']> => {
  const article = { title: aTitle(), body: 'Some words.', status: 'published', ...facts };
  const answer = await device.post('/v1/articles').send(article);
  if (answer.status !== 201) throw new Error(`Writing answered ${answer.status}: ${answer.text}`);
  return answer.body.article;
};

export const read = ({ url }: Pick<TestApp, 'url'>, slug: string): request.Test =>
  request(url).get(`/v1/articles/${slug}`);
