import type { Redis } from '../../shared/data/redis.ts';
import { keysLike } from '../../shared/data/redis-keys.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { Session, SessionId, SessionLifetimes } from '../domain/session.ts';
import type { SessionRepository } from '../domain/session-repository.ts';
import { forgetAt, readSession, writeSession } from './session-record.ts';

const sessionKey = (id: SessionId): string => `session:${id}`;
const listKey = (accountId: AccountId): string => `account-sessions:${accountId}`;

// Compare and set, and nothing else: replaces a record that still has the version it was loaded with.
// An ended session leaves its account's list in the same step. A missing record has no version, so nothing is created.
const SAVE = `
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1] + 1, 'record', ARGV[2])
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
if ARGV[4] ~= '' then redis.call('ZREM', KEYS[2], ARGV[4]) end
return 1`;

export class RedisSessionRepository implements SessionRepository {
  readonly #redis: Redis;
  readonly #lifetimes: SessionLifetimes;
  // Outside the aggregate, which knows nothing of how it is stored.
  readonly #versions = new WeakMap<Session, number>();

  constructor(redis: Redis, lifetimes: SessionLifetimes) {
    this.#redis = redis;
    this.#lifetimes = lifetimes;
  }

  async add(session: Session): Promise<void> {
    const { id, accountId, createdAt } = session.snapshot();
    const gone = forgetAt(session, this.#lifetimes);
    const listGone = createdAt + this.#lifetimes.absolute * 1000;
    await this.#redis.run(client =>
      client
        .multi()
        .hSet(sessionKey(id), { version: '1', record: writeSession(session) })
        .pExpireAt(sessionKey(id), gone)
        .zAdd(listKey(accountId), { score: createdAt, value: id })
        .pExpireAt(listKey(accountId), listGone)
        .exec(),
    );
    this.#versions.set(session, 1);
  }

  async byId(id: SessionId): Promise<Session | null> {
    const [version, record] = await this.#redis.run(client =>
      client.hmGet(sessionKey(id), ['version', 'record']),
    );
    return this.#restore(version, record);
  }

  async save(session: Session): Promise<boolean> {
    const version = this.#versions.get(session);
    if (version === undefined) return false;
    const saved = await this.#redis.run(client =>
      client.eval(SAVE, {
        keys: [sessionKey(session.id), listKey(session.accountId)],
        arguments: [
          String(version),
          writeSession(session),
          String(forgetAt(session, this.#lifetimes)),
          session.isEnded ? session.id : '',
        ],
      }),
    );
    if (saved !== 1) return false;
    this.#versions.set(session, version + 1);
    return true;
  }

  async ofAccount(accountId: AccountId): Promise<readonly Session[]> {
    const ids = (await this.#redis.run(client => client.zRange(listKey(accountId), 0, -1))) as SessionId[];
    if (ids.length === 0) return [];
    const records = await this.#redis.run(client =>
      Promise.all(ids.map(id => client.hmGet(sessionKey(id), ['version', 'record']))),
    );
    const sessions = records.map(([version, record]) => this.#restore(version, record));
    const forgotten = ids.filter((_id, index) => sessions[index] === null);
    if (forgotten.length > 0) await this.#redis.run(client => client.zRem(listKey(accountId), forgotten));
    return sessions.filter(session => session !== null && !session.isEnded) as Session[];
  }

  async countOf(accountId: AccountId): Promise<number> {
    return await this.#redis.run(client => client.zCard(listKey(accountId)));
  }

  async *inBatches(): AsyncGenerator<readonly Session[]> {
    for await (const keys of keysLike(this.#redis, sessionKey('*' as SessionId))) {
      const records = await this.#redis.run(client =>
        Promise.all(keys.map(key => client.hmGet(key, ['version', 'record']))),
      );
      const sessions = records.map(([version, record]) => this.#restore(version, record));
      yield sessions.filter(session => session !== null && !session.isEnded) as Session[];
    }
  }

  #restore(version: string | null | undefined, record: string | null | undefined): Session | null {
    if (!version || !record) return null;
    const session = readSession(record);
    this.#versions.set(session, Number(version));
    return session;
  }
}
