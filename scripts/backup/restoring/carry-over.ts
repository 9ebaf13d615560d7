import pg from 'pg';
import { rowsOf } from '../postgres/server.ts';

interface Attributes {
  readonly owner: string;
  readonly comment: string | null;
  readonly connection_limit: number;
  readonly is_restricted: boolean;
}

interface Setting {
  /** Null for everybody. */
  readonly role: string | null;
  readonly name: string;
  readonly value: string;
}

interface Grant {
  /** Null for everybody. */
  readonly role: string | null;
  readonly privilege: string;
  readonly with_grant: boolean;
}

const identifier = pg.escapeIdentifier;

// A dump holds what is in a database, and not the database itself, so all of this would be lost.
const attributesOf = async (client: pg.ClientBase, oid: number): Promise<Attributes | undefined> => {
  const [found] = await rowsOf<Attributes>(
    client,
    `select pg_get_userbyid(datdba) as owner, shobj_description(oid, 'pg_database') as comment,
       datconnlimit as connection_limit, datacl is not null as is_restricted
     from pg_database where oid = $1`,
    [oid],
  );
  return found;
};

const settingsOf = (client: pg.ClientBase, oid: number): Promise<Setting[]> =>
  rowsOf<Setting>(
    client,
    `select r.rolname as role, split_part(line, '=', 1) as name, substr(line, strpos(line, '=') + 1) as value
     from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole cross join unnest(s.setconfig) line
     where s.setdatabase = $1 and (s.setrole = 0 or r.oid is not null)`,
    [oid],
  );

const grantsOf = (client: pg.ClientBase, oid: number): Promise<Grant[]> =>
  rowsOf<Grant>(
    client,
    `select r.rolname as role, acl.privilege_type as privilege, acl.is_grantable as with_grant
     from pg_database d cross join aclexplode(d.datacl) acl left join pg_roles r on r.oid = acl.grantee
     where d.oid = $1 and acl.grantee <> d.datdba and (acl.grantee = 0 or r.oid is not null)`,
    [oid],
  );

/** Runs one change that may fail, without harm to the transaction. Answers what went wrong. */
const attempt = async (client: pg.ClientBase, change: () => Promise<unknown>): Promise<string | null> => {
  await client.query('savepoint carried_over');
  try {
    await change();
    await client.query('release savepoint carried_over');
    return null;
  } catch (error) {
    await client.query('rollback to savepoint carried_over');
    return (error as Error).message;
  }
};

/**
 * The value is taken over from the session: written into a statement, a list such as `search_path` would become one
 * name. The session gets its own value back, because a timeout would hold for what follows.
 */
const applySetting = async (
  client: pg.ClientBase,
  database: string,
  { role, name, value }: Setting,
): Promise<void> => {
  const [before] = await rowsOf<{ value: string | null }>(
    client,
    'select current_setting($1, true) as value',
    [name],
  );
  await client.query('select set_config($1, $2, true)', [name, value]);
  const target =
    role === null
      ? `alter database ${identifier(database)}`
      : `alter role ${identifier(role)} in database ${identifier(database)}`;
  await client.query(`${target} set ${identifier(name)} from current`);
  await client.query('select set_config($1, $2, true)', [name, before?.value ?? '']);
};

/**
 * Gives a database the owner, comment, connection limit, privileges and settings of the one that it replaces. Call it in
 * a transaction.
 * @returns what could not be carried over, one line each, with the statement that an admin can run
 */
export const carryOver = async (client: pg.ClientBase, oldOid: number, name: string): Promise<string[]> => {
  const old = await attributesOf(client, oldOid);
  if (old === undefined) return [];
  const problems: string[] = [];
  const change = async (statement: string): Promise<void> => {
    const problem = await attempt(client, () => client.query(statement));
    if (problem !== null) problems.push(`${statement} (${problem})`);
  };
  const target = identifier(name);
  if (old.comment !== null) await change(`comment on database ${target} is ${pg.escapeLiteral(old.comment)}`);
  await change(`alter database ${target} connection limit ${old.connection_limit}`);
  if (old.is_restricted) {
    await change(`revoke all on database ${target} from public`);
    for (const { role, privilege, with_grant } of await grantsOf(client, oldOid))
      await change(
        `grant ${privilege} on database ${target} to ${role === null ? 'public' : identifier(role)}${with_grant ? ' with grant option' : ''}`,
      );
  }
  for (const setting of await settingsOf(client, oldOid)) {
    const problem = await attempt(client, () => applySetting(client, name, setting));
    if (problem !== null)
      problems.push(
        `${setting.role === null ? '' : `${setting.role}: `}${setting.name} = ${setting.value} (${problem})`,
      );
  }
  // Last, because what comes after would be up to the new owner.
  const [owner] = await rowsOf<{ owner: string }>(
    client,
    'select pg_get_userbyid(datdba) as owner from pg_database where datname = $1',
    [name],
  );
  if (owner?.owner !== old.owner) await change(`alter database ${target} owner to ${identifier(old.owner)}`);
  return problems;
};
