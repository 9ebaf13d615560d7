import pg from 'pg';

// The product's statements, word for word: see `src/accounts/data/sql-account-queries.ts`.
const USER = `p.id, p.username, p.location, p.bio, p.links, p.time_zone, p.day_start, p.created_at`;

const MEMBER = `
  select ${USER}, a.email, a.email_verified, a.role, a.standing, a.epoch, a.created_at as opened_at,
  greatest(a.updated_at, p.updated_at) as updated_at
  from accounts a join profiles p on p.id = a.id where a.id = $1`;

const MEMBER_OF_SESSION = `
  ${MEMBER} and a.standing = 'active' and (a.epoch <= $2 or a.kept_session = $3)
  and not exists (select 1 from audit_entries e where e.ended_session = $3)`;

const ACTIVITY = `
  with found as (select id, kind, at, ip, device, details from audit_entries where account_id = $1)
  select counted.total, page.* from (select count(*) as total from found) counted
  left join (select * from found order by id desc limit $2 offset $3) page on true
  order by id desc`;

const CREDENTIALS = `
  select id, email, password_hash, role, standing, epoch from accounts where email = $1`;

const AUDIT = `
  insert into audit_entries (id, account_id, kind, at, ip, device, details, ended_session)
  values ($1, $2, $3, $4, $5, $6, $7, null)`;

interface UserRow {
  readonly id: string;
  readonly username: string;
  readonly location: string;
  readonly bio: string;
  readonly links: readonly string[];
  readonly time_zone: string;
  readonly day_start: string;
  readonly created_at: Date;
}

interface MemberRow extends UserRow {
  readonly email: string;
  readonly email_verified: boolean;
  readonly role: string;
  readonly epoch: number;
  readonly opened_at: Date;
  readonly updated_at: Date;
}

interface ActivityRow {
  readonly total: string;
  readonly id: string;
}

export interface Credentials {
  readonly id: string;
  readonly password_hash: string;
  readonly role: string;
  readonly epoch: number;
}

/** Everything the floor asks of Postgres, in the shape of its answers. */
export class FloorQueries {
  readonly #pool: pg.Pool;

  constructor(url: string, size: number) {
    this.#pool = new pg.Pool({ connectionString: url, max: size });
  }

  async me(accountId: string) {
    const row = await this.#one<MemberRow>(MEMBER, [accountId]);
    const { id, email, email_verified: verified, role, opened_at, updated_at } = row;
    return { account: { id, email, verified, role, created_at: opened_at, updated_at }, user: userOf(row) };
  }

  async userBehind(session: { accountId: string; epoch: number; id: string }) {
    const { accountId, epoch, id } = session;
    return userOf(await this.#one<MemberRow>(MEMBER_OF_SESSION, [accountId, epoch, id]));
  }

  async activity(accountId: string, limit: number) {
    const { rows } = await this.#pool.query<ActivityRow>(ACTIVITY, [accountId, limit, 0]);
    return { total: rows[0]?.total ?? '0', activity: rows.map(({ total: _total, ...row }) => row) };
  }

  async credentials(email: string): Promise<Credentials> {
    return this.#one<Credentials>(CREDENTIALS, [email]);
  }

  async noteLogin(id: string, accountId: string, device: string): Promise<void> {
    await this.#pool.query(AUDIT, [id, accountId, 'login_succeeded', new Date(), '127.0.0.1', device, {}]);
  }

  async #one<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<Row> {
    const { rows } = await this.#pool.query<Row>(text, [...values]);
    const [row] = rows;
    if (row === undefined) throw new Error('There is no such row.');
    return row;
  }
}

const publicUserOf = ({ id, username, location, bio, links, created_at }: UserRow) => ({
  id,
  username,
  location,
  bio,
  links,
  created_at,
});

const userOf = (row: UserRow) => {
  const { time_zone, day_start } = row;
  return { ...publicUserOf(row), time_zone, day_start };
};
