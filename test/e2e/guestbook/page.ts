import request from 'supertest';
import type { Answer, Person } from '../../support/person.ts';

export const SITE = Symbol('site');

/** A guestbook as its visitors use it. */
export interface Page {
  readonly path: string;
  leave(draft: object, by?: Person): request.Test;
  /** `query` without its question mark. */
  list(by?: Person, query?: string): request.Test;
  /** The names of the first hundred greetings, newest first. */
  names(by?: Person): Promise<readonly string[]>;
  countAnswer(): request.Test;
  count(): Promise<number>;
  hide(id: string, hidden: boolean, by?: Person): request.Test;
  remove(id: string, by?: Person): request.Test;
  switch(open: boolean, by?: Person): request.Test;
}

export const pageOf = ({ url }: { readonly url: string }, owner: string | typeof SITE): Page => {
  const path = typeof owner === 'string' ? `/v1/users/${owner}` : '/v1';
  const greetings = `${path}/greetings`;
  const as = (by: Person | undefined, asked: request.Test): request.Test =>
    by ? asked.auth(by.device.accessToken, { type: 'bearer' }) : asked;
  const page: Page = {
    path,
    leave: (draft, by) => as(by, request(url).post(greetings)).send(draft),
    list: (by, query = 'limit=20') => as(by, request(url).get(`${greetings}?${query}`)),
    names: async by => namesIn(await page.list(by, 'limit=100')),
    countAnswer: () => request(url).get(`${greetings}/count`),
    count: async () => (await page.countAnswer()).body.current_greetings_count,
    hide: (id, hidden, by) => as(by, request(url).patch(`${greetings}/${id}`)).send({ hidden }),
    remove: (id, by) => as(by, request(url).delete(`${greetings}/${id}`)),
    switch: (open, by) => as(by, request(url).patch(`${path}/guestbook`)).send({ open }),
  };
  return page;
};

export const namesIn = ({ body }: Answer): readonly string[] =>
  body.greetings.map(({ name }: { name: string }) => name);
