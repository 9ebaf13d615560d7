import { randomBytes } from 'node:crypto';
import { testServices } from './services.ts';
import { connected, databaseUrl } from './template-database.ts';

export interface TestDatabase {
  readonly url: string;
  /** Also ends connections that are still open. */
  drop(): Promise<void>;
}

/** A migrated, empty database for the caller alone, in some 30 ms. */
export const createDatabase = async (): Promise<TestDatabase> => {
  const { maintenanceUrl, template } = testServices();
  const name = `${template}_${randomBytes(6).toString('hex')}`;
  const run = (statement: string) => connected(maintenanceUrl, client => client.query(statement));

  await run(`create database ${name} template ${template}`);
  return {
    url: databaseUrl(maintenanceUrl, name),
    drop: async () => {
      await run(`drop database if exists ${name} with (force)`);
    },
  };
};
