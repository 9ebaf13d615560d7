import { createClient } from 'redis';

const withDatabase = (serverUrl: string, index: number): string => {
  const url = new URL(serverUrl);
  url.pathname = `/${index}`;
  return url.href;
};

const ask = async <Answer>(
  url: string,
  question: (client: ReturnType<typeof connect>) => Promise<Answer>,
) => {
  const client = connect(url);
  await client.connect();
  try {
    return await question(client);
  } finally {
    client.destroy();
  }
};

const connect = (url: string) => createClient({ url, RESP: 2 }).on('error', () => undefined);

/**
 * Finds empty logical databases, from the last one down, so that tests never share one with anybody's data.
 * @throws when the server has fewer empty ones than asked for.
 */
export const claimRedisDatabases = async (serverUrl: string, count: number): Promise<string[]> => {
  const [size, keyspace] = await ask(serverUrl, async client => [
    Number((await client.configGet('databases')).databases ?? 16),
    await client.info('keyspace'),
  ]);
  const empty = Array.from({ length: size }, (_, index) => index).filter(
    index => index > 0 && !keyspace.includes(`db${index}:`),
  );
  if (empty.length < count)
    throw new Error(`REDIS_URL has ${empty.length} empty databases; ${count} are needed.`);
  return empty.slice(-count).map(index => withDatabase(serverUrl, index));
};

export const releaseRedisDatabases = async (urls: readonly string[]): Promise<void> => {
  for (const url of urls) await ask(url, client => client.flushDb());
};
