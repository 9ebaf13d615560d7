import { createClient } from 'redis';
import { connected } from '../../../support/template-database.ts';

/** Every row of every table, as JSON. */
export const everyRow = (databaseUrl: string): Promise<string> =>
  connected(databaseUrl, async client => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
    );
    const lines: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ line: string }>(
        `select row_to_json(each)::text as line from ${name} as each`,
      );
      lines.push(...rows.map(({ line }) => `${name} ${line}`));
    }
    return lines.join('\n');
  });

/** How each type of value is read whole. */
const READERS: Readonly<Record<string, readonly string[]>> = {
  string: ['GET', '$key'],
  hash: ['HGETALL', '$key'],
  set: ['SMEMBERS', '$key'],
  zset: ['ZRANGE', '$key', '0', '-1', 'WITHSCORES'],
  list: ['LRANGE', '$key', '0', '-1'],
  stream: ['XRANGE', '$key', '-', '+'],
};

/** Every key of the URL's database, with its whole value. */
export const everyKey = async (redisUrl: string): Promise<string> => {
  const client = createClient({ url: redisUrl, RESP: 2 }).on('error', () => undefined);
  await client.connect();
  try {
    const lines: string[] = [];
    for await (const keys of client.scanIterator())
      for (const key of keys) {
        const reader = READERS[await client.type(key)];
        // Gone since the scan.
        if (!reader) continue;
        const value: unknown = await client.sendCommand(reader.map(word => (word === '$key' ? key : word)));
        lines.push(`${key} ${[value].flat(2).join(' ')}`);
      }
    return lines.join('\n');
  } finally {
    client.destroy();
  }
};

/** Bytes as base64 has them wherever they begin within a longer text, without what depends on their neighbours. */
const alignedBase64 = (bytes: Buffer): readonly string[] =>
  [0, 1, 2].map(shift => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    const end = Math.floor(((shift + bytes.length) * 8) / 6);
    return text.slice(Math.ceil((shift * 8) / 6), end);
  });

const spellings = (secret: string): readonly string[] => {
  const bytes = Buffer.from(secret);
  const base64 = alignedBase64(bytes);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    encodeURIComponent(secret).replaceAll('%20', '+'),
    bytes.toString('hex'),
    ...base64,
    ...base64.map(text => text.replaceAll('+', '-').replaceAll('/', '_')),
    // What stands for random bytes would be as useful as those bytes.
    ...(/^[\w-]{43}$/.test(secret) ? [Buffer.from(secret, 'base64url').toString('hex')] : []),
  ];
};

/** Which of the secrets a text holds, raw, as JSON, percent-encoded, in hexadecimal or in base64 of either kind. */
export const secretsIn = (text: string, secrets: ReadonlyMap<string, string>): readonly string[] => {
  const [exact, folded] = [text, text.toLowerCase()];
  return [...secrets]
    .filter(([, secret]) =>
      spellings(secret).some(spelling => exact.includes(spelling) || folded.includes(spelling.toLowerCase())),
    )
    .map(([name]) => name);
};
