import pg from 'pg';
import { type Extent, settleWritings } from './writings.ts';

/** How many people a run may have at once; each has a history long enough for a full page. */
export const READERS = 64;
/** Enough that nobody reaches the limit of sessions, whose clearing up is another operation. */
const ACCOUNTS = 2_000;
const HISTORY = 200;

export const PASSWORD = 'a password that nobody hashes';

const STATEMENTS = [
  `insert into accounts (id, email, email_verified, password_hash, role, standing, epoch, created_at, updated_at)
   select gen_random_uuid(), 'person' || n || '@bench.example', true, '${PASSWORD}', 'member', 'active', 1, now(), now()
   from generate_series(1, ${ACCOUNTS}) n`,
  `insert into profiles (id, username, location, bio, links, time_zone, day_start, created_at, updated_at)
   select id, split_part(email, '@', 1), 'Lisbon, Portugal', repeat('Marks every day. ', 10),
     '{https://example.org/blog,https://code.example/person}', 'Europe/Lisbon', '04:00', now(), now() from accounts`,
  `insert into username_claims (key, account_id) select username, id from profiles`,
  `insert into audit_entries (id, account_id, kind, at, ip, device, details)
   select gen_random_uuid(), a.id, 'login_succeeded', now() - n * interval '1 hour', '198.51.100.7',
     'Firefox on Linux', '{}'
   from generate_series(1, ${READERS}) reader
   join accounts a on a.email = 'person' || reader || '@bench.example', generate_series(1, ${HISTORY}) n`,
];

/** Fills a migrated, empty database. */
export const settlePeople = async (databaseUrl: string, extent: Extent): Promise<void> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const statement of STATEMENTS) await client.query(statement);
    await settleWritings(client, extent, READERS);
  } finally {
    await client.end();
  }
};

/** Somebody who is logged in; the cookie changes with every refresh. */
export interface Person {
  readonly username: string;
  readonly accessToken: string;
  refreshCookie: string;
}

const logIn = async (url: string, number: number): Promise<Person> => {
  const username = `person${number}`;
  const response = await fetch(`${url}/v1/accounts/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: `${username}@bench.example`, password: PASSWORD }),
  });
  const answer = await response.text();
  const refreshCookie = response.headers.getSetCookie()[0]?.split(';')[0];
  if (response.status !== 200 || refreshCookie === undefined)
    throw new Error(`${username} could not log in: ${response.status} ${answer}`);
  const { access_token: accessToken } = JSON.parse(answer) as { access_token: string };
  return { username, accessToken, refreshCookie };
};

export const logEverybodyIn = async (url: string): Promise<readonly Person[]> => {
  const people: Person[] = [];
  for (let number = 1; number <= READERS; number++) people.push(await logIn(url, number));
  return people;
};

/** Addresses of those who are not readers, one after another. */
export function* strangers(): Generator<string, never> {
  for (;;) for (let number = READERS + 1; number <= ACCOUNTS; number++) yield `person${number}@bench.example`;
}
