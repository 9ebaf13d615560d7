import type pg from 'pg';
import type { TestApp } from '../../support/app.ts';
import { UNIT_OF_WORK_GROUND } from '../../../src/tokens.ts';

type Query = (...args: unknown[]) => unknown;

/** Notes every statement that the app sends to Postgres while something happens, `begin` and `commit` included. */
export const statementsDuring = async (
  app: TestApp,
  something: () => Promise<unknown>,
): Promise<readonly string[]> => {
  const { em } = app.container.get(UNIT_OF_WORK_GROUND);
  const pool = (await em.getConnection().getNativeClient()) as pg.Pool;
  const statements: string[] = [];
  const listened: pg.PoolClient[] = [];
  const listen = (client: pg.PoolClient) => {
    if (listened.includes(client)) return;
    listened.push(client);
    const query = client.query.bind(client) as Query;
    const noting: Query = (...args) => {
      const [first] = args;
      statements.push(typeof first === 'string' ? first : String((first as { text: unknown }).text));
      return query(...args);
    };
    Object.assign(client, { query: noting });
  };
  pool.on('acquire', listen);
  try {
    await something();
  } finally {
    pool.off('acquire', listen);
    for (const client of listened) Reflect.deleteProperty(client, 'query');
  }
  return statements;
};
