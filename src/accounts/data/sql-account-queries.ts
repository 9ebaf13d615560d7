import type { Sql } from '../../shared/data/postgres.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { Page, PageRequest } from '../../shared/domain/page.ts';
import type { SessionId } from '../domain/session.ts';
import type {
  AccountQueries,
  AccountRow,
  ActivityRow,
  Credentials,
  Member,
  SessionStanding,
  UserRow,
} from '../services/account-queries.ts';

const CREDENTIALS = `
  select id as "accountId", email, password_hash as "passwordHash", role, standing, epoch from accounts`;

const USER = `
  p.id, p.username, p.location, p.bio, p.links, p.time_zone as "timeZone", p.day_start as "dayStart",
  p.created_at as "createdAt"`;

const MEMBER = `
  ${USER}, a.email, a.email_verified as verified, a.role, a.standing, a.epoch,
  a.created_at as "openedAt",
  greatest(a.updated_at, p.updated_at) as "updatedAt"
  from accounts a join profiles p on p.id = a.id`;

type MemberRow = UserRow & Omit<AccountRow, 'createdAt'> & { readonly openedAt: Date };

export class SqlAccountQueries implements AccountQueries {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async credentialsByEmail(email: string): Promise<Credentials | null> {
    const [row] = await this.#sql.prepared<Credentials>(
      'credentials-by-email',
      `${CREDENTIALS} where email = $1`,
      [email],
    );
    return row ?? null;
  }

  async credentialsById(accountId: AccountId): Promise<Credentials | null> {
    const [row] = await this.#sql.prepared<Credentials>('credentials-by-id', `${CREDENTIALS} where id = $1`, [
      accountId,
    ]);
    return row ?? null;
  }

  async member(accountId: AccountId): Promise<Member | null> {
    const [row] = await this.#sql.prepared<MemberRow>('member', `select ${MEMBER} where a.id = $1`, [
      accountId,
    ]);
    return row ? memberFrom(row) : null;
  }

  async memberOfSession({ id, accountId, epoch }: SessionStanding): Promise<Member | null> {
    // The session store may not have heard yet of an ending, or that this session has ended the others, or may have
    // lost its last second of writes: the account's word counts.
    const [row] = await this.#sql.query<MemberRow>(
      `select ${MEMBER} where a.id = $1 and a.standing = 'active' and (a.epoch <= $2 or a.kept_session = $3)
       and not exists (select 1 from audit_entries e where e.ended_session = $3)`,
      [accountId, epoch, id],
    );
    return row ? memberFrom(row) : null;
  }

  async sessionsOver(sessions: readonly SessionStanding[]): Promise<ReadonlySet<SessionId>> {
    const rows = await this.#sql.query<{ id: SessionId }>(
      `select s.id from unnest($1::text[], $2::uuid[], $3::integer[]) as s (id, account_id, epoch)
       left join accounts a on a.id = s.account_id and a.standing = 'active'
         and (a.epoch <= s.epoch or a.kept_session = s.id)
       where a.id is null or exists (select 1 from audit_entries e where e.ended_session = s.id)`,
      [
        sessions.map(({ id }) => id),
        sessions.map(({ accountId }) => accountId),
        sessions.map(({ epoch }) => epoch),
      ],
    );
    return new Set(rows.map(({ id }) => id));
  }

  async activity(accountId: AccountId, page: PageRequest): Promise<Page<ActivityRow>> {
    const select = 'select id, kind, at, ip, device, details from audit_entries where account_id = $1';
    const { rows, total } = await this.#newestFirst('activity', select, [accountId], page);
    return { total, items: rows as readonly ActivityRow[] };
  }

  async members(search: string | null, page: PageRequest): Promise<Page<Member>> {
    const select = `select ${MEMBER} where $1::text is null
      or strpos(a.email, lower($1)) > 0 or strpos(lower(p.username), lower($1)) > 0`;
    const { rows, total } = await this.#newestFirst('members', select, [search], page);
    return { total, items: (rows as readonly MemberRow[]).map(memberFrom) };
  }

  // The page and the total come of one statement, so that they agree, also where the page is beyond the end.
  async #newestFirst(
    name: string,
    select: string,
    values: readonly unknown[],
    { page, limit }: PageRequest,
  ): Promise<{ rows: readonly unknown[]; total: number }> {
    const [limitAt, offsetAt] = [values.length + 1, values.length + 2];
    const found = await this.#sql.prepared<{ total: string; id: string | null }>(
      name,
      `with found as (${select})
       select counted.total, page.* from (select count(*) as total from found) counted
       left join (select * from found order by id desc limit $${limitAt} offset $${offsetAt}) page on true
       order by id desc`,
      [...values, limit, (page - 1) * limit],
    );
    const rows = found.filter(({ id }) => id !== null).map(({ total: _total, ...row }) => row);
    return { rows, total: Number(found[0]?.total ?? 0) };
  }
}

const memberFrom = (row: MemberRow): Member => {
  const { id, email, verified, role, standing, epoch, openedAt, updatedAt, ...user } = row;
  return {
    account: { id, email, verified, role, standing, epoch, createdAt: openedAt, updatedAt },
    user: { id, ...user },
  };
};
