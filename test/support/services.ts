/** What the global setup hands to the tests, which run in processes of their own. */
export interface TestServices {
  /** A database to connect to for creating and dropping others; no test writes into it. */
  readonly maintenanceUrl: string;
  /** The migrated database that every test database is a copy of. */
  readonly template: string;
  /** One logical database for each worker of jest. */
  readonly redisUrls: readonly string[];
}

const VARIABLE = 'DAYMARK_TEST_SERVICES';

export const publishTestServices = (services: TestServices): void => {
  process.env[VARIABLE] = JSON.stringify(services);
};

export const testServices = (): TestServices => {
  const published = process.env[VARIABLE];
  if (published === undefined) throw new Error('This test needs services: it belongs to integration or e2e.');
  return JSON.parse(published) as TestServices;
};
