import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { AccountId } from '../domain/identity.ts';

/**
 * Tells whether an account is there, and keeps it there until the unit ends, as a foreign key would: closing it waits,
 * and what hangs off it is then found by whoever cleans up after it. Units of one account follow each other, so that
 * what they count of its things together stays right.
 */
export const holdAccount = async (em: SqlEntityManager, accountId: AccountId): Promise<boolean> => {
  const statement = `select 1 from accounts where id = ? and standing = 'active' for no key update`;
  const rows = await em.execute<unknown[]>(statement, [accountId]);
  return rows.length > 0;
};

/**
 * As `holdAccount`, for what many do to one account's things at the same moment: units that hold it this way do not
 * wait for each other, nor for a ban. They only keep the account from being closed.
 */
export const holdAccountTogether = async (em: SqlEntityManager, accountId: AccountId): Promise<boolean> => {
  const statement = `select 1 from accounts where id = ? and standing = 'active' for key share`;
  const rows = await em.execute<unknown[]>(statement, [accountId]);
  return rows.length > 0;
};
