import pg from 'pg';

/** The same server, another database. */
export const databaseUrl = (serverUrl: string, name: string): string => {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
};

/** Runs the action on one connection of its own. */
export const connected = async <Result>(
  url: string,
  action: (client: pg.Client) => Promise<Result>,
): Promise<Result> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await action(client);
  } finally {
    await client.end();
  }
};

/** Makes a database that can be copied, because nobody may connect to it any more. */
export const makeTemplate = async (
  serverUrl: string,
  name: string,
  migrate: (url: string) => Promise<unknown>,
): Promise<void> => {
  await connected(serverUrl, client => client.query(`create database ${name} template template0`));
  await migrate(databaseUrl(serverUrl, name));
  await connected(serverUrl, client => client.query(`alter database ${name} allow_connections false`));
};

/** Drops the template and whatever copies a failed test has left. */
export const dropDatabases = (serverUrl: string, template: string): Promise<void> =>
  connected(serverUrl, async client => {
    const { rows } = await client.query<{ name: string }>(
      'select datname as name from pg_database where starts_with(datname, $1)',
      [template],
    );
    for (const { name } of rows) await client.query(`drop database if exists ${name} with (force)`);
  });
