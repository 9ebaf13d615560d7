import { randomBytes } from 'node:crypto';
import { createClient } from 'redis';

const DAY_MS = 86_400_000;
const REMEMBERED_MS = 1_000;

// The product's script: see `src/accounts/data/redis-session-repository.ts`.
const SAVE = `
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1] + 1, 'record', ARGV[2])
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
if ARGV[4] ~= '' then redis.call('ZREM', KEYS[2], ARGV[4]) end
return 1`;

export interface FloorSession {
  readonly id: string;
  readonly accountId: string;
  readonly role: string;
  readonly epoch: number;
  readonly salt: string;
  readonly generation: number;
  readonly confirmed: number;
  readonly rotatedAt: number;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly device: string;
  readonly ip: string;
  readonly ended: null;
}

const newSession = (accountId: string, role: string, epoch: number, device: string): FloorSession => {
  const now = Date.now();
  return {
    id: randomBytes(16).toString('base64url'),
    ...{ accountId, role, epoch, device },
    salt: randomBytes(16).toString('base64url'),
    ...{ generation: 1, confirmed: 0, rotatedAt: now, createdAt: now, lastUsedAt: now },
    ip: '127.0.0.1',
    ended: null,
  };
};

export const clientFor = (url: string) => createClient({ url, RESP: 2 });

export type FloorRedis = ReturnType<typeof clientFor>;

/** Sessions in Redis with the product's records and commands. */
export class FloorSessions {
  readonly #client: FloorRedis;
  readonly #liveUntil = new Map<string, number>();

  constructor(client: FloorRedis) {
    this.#client = client;
  }

  async open(accountId: string, role: string, epoch: number, device: string): Promise<FloorSession> {
    const session = newSession(accountId, role, epoch, device);
    const { id, createdAt } = session;
    await this.#client
      .multi()
      .hSet(`session:${id}`, { version: '1', record: JSON.stringify(session) })
      .pExpireAt(`session:${id}`, createdAt + 15 * DAY_MS)
      .zAdd(`account-sessions:${accountId}`, { score: createdAt, value: id })
      .pExpireAt(`account-sessions:${accountId}`, createdAt + 90 * DAY_MS)
      .exec();
    return session;
  }

  async load(id: string): Promise<{ version: string; session: FloorSession }> {
    const [version, record] = await this.#client.hmGet(`session:${id}`, ['version', 'record']);
    if (!version || !record) throw new Error('There is no such session.');
    return { version, session: JSON.parse(record) as FloorSession };
  }

  /** @throws when somebody else has saved it meanwhile. */
  async save(version: string, session: FloorSession): Promise<void> {
    const saved = await this.#client.eval(SAVE, {
      keys: [`session:${session.id}`, `account-sessions:${session.accountId}`],
      arguments: [version, JSON.stringify(session), String(session.lastUsedAt + 15 * DAY_MS), ''],
    });
    if (saved !== 1) throw new Error('The session has changed meanwhile.');
  }

  async requireLive(id: string): Promise<void> {
    const now = Date.now();
    if (now < (this.#liveUntil.get(id) ?? 0)) return;
    const { session } = await this.load(id);
    if (session.lastUsedAt + 14 * DAY_MS < now) throw new Error('The session is over.');
    this.#liveUntil.set(id, now + REMEMBERED_MS);
  }

  async countOf(accountId: string): Promise<number> {
    return this.#client.zCard(`account-sessions:${accountId}`);
  }
}
