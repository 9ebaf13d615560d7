import pg from 'pg';
import { migrateUp } from '../migrations/migrator.ts';

/** How the rows of a grown database are spread over its tables. */
const SHARES = { people: 0.05, audit: 0.3, tickets: 0.05, greetings: 0.5 } as const;

const statementsFor = (rows: number): readonly string[] => {
  const people = Math.round(rows * SHARES.people);
  const each = (share: number) => Math.round(rows * share);
  return [
    `insert into accounts (id, email, email_verified, password_hash, role, standing, epoch, created_at, updated_at)
     select gen_random_uuid(), 'person' || n || '@bench.example', true, md5(n::text) || md5('p' || n), 'member', 'active', 1, now(), now()
     from generate_series(1, ${people}) n`,
    `insert into profiles (id, username, location, bio, links, time_zone, day_start, created_at, updated_at)
     select id, split_part(email, '@', 1), 'Lisbon, Portugal', repeat('Marks every day. ', 3),
       '{https://example.org/blog}', 'Europe/Lisbon', '04:00', now(), now() from accounts`,
    `insert into username_claims (key, account_id) select username, id from profiles`,
    `insert into audit_entries (id, account_id, kind, at, ip, device, details)
     select gen_random_uuid(), a.id, 'login_succeeded', now() - n * interval '1 hour', '198.51.100.7', 'Firefox on Linux', '{}'
     from (select id from accounts limit ${Math.max(1, Math.round(people / 10))}) a,
       generate_series(1, ${Math.round((each(SHARES.audit) * 10) / people)}) n`,
    `insert into mail_tickets (id, purpose, subject, address, token_hash, expires_at, was_used)
     select gen_random_uuid(), 'verify', id, email, md5(email), now(), true from accounts limit ${each(SHARES.tickets)}`,
    `insert into greetings (id, page, name, message, created_at)
     select gen_random_uuid(), p.id, 'Visitor ' || n, 'Lovely page, and thank you for day ' || n % 100, now() - n * interval '1 second'
     from generate_series(1, ${each(SHARES.greetings)}) n, (select id from profiles limit 1) p`,
    'vacuum analyze',
  ];
};

/** Makes the product's tables and fills them with about so many rows. */
export const fillForBackup = async (databaseUrl: string, rows: number): Promise<void> => {
  await migrateUp(databaseUrl);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const statement of statementsFor(rows)) await client.query(statement);
  } finally {
    await client.end();
  }
};
