import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** Runs the action on an empty database beside the given one, which is gone afterwards. */
export const withScratchDatabase = async <Result>(
  databaseUrl: string,
  action: (scratchUrl: string) => Promise<Result>,
): Promise<Result> => {
  const name = `daymark_scratch_${randomBytes(6).toString('hex')}`;
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(`create database ${name} template template0`);
    try {
      return await action(url.href);
    } finally {
      await client.query(`drop database if exists ${name} with (force)`);
    }
  } finally {
    await client.end();
  }
};
