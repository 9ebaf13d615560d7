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
