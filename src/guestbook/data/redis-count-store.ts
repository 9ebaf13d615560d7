import type { ImpatientRedis } from '../../shared/data/impatient-redis.ts';
import { removeKeysLike } from '../../shared/data/redis-keys.ts';
import { Unavailable } from '../../shared/domain/domain-error.ts';
import { newId } from '../../shared/services/new-id.ts';
import type { PageId } from '../domain/ids.ts';
import type { UnitStamp } from '../services/guestbook-work.ts';
import { type Counted, type CountStore, FILL_SECONDS, KEPT_SECONDS, MOST_CHANGES } from './count-store.ts';

// Both keys of a page lie on one node of a cluster.
const keptKey = (page: PageId): string => `greetings:{${page}}:count`;
const fillKey = (page: PageId): string => `greetings:{${page}}:fill`;

// As `holds` of snapshot.ts. The numbers of transactions stay below 2^53 for longer than any server lives.
const HOLDS = `
local function holds(snapshot, stamp)
  local xmin, xmax, under_way = string.match(snapshot, '^(%d+):(%d+):(.*)$')
  if tonumber(stamp) < tonumber(xmin) then return true end
  if tonumber(stamp) >= tonumber(xmax) then return false end
  return string.find(',' .. under_way .. ',', ',' .. stamp .. ',', 1, true) == nil
end`;

// KEYS: the number, the notes of a count under way. ARGV: ticket, count, snapshot, seconds.
const END_FILL = `${HOLDS}
if redis.call('HGET', KEYS[2], 'ticket') ~= ARGV[1] then
  return tonumber(redis.call('HGET', KEYS[1], 'count') or ARGV[2])
end
local count = tonumber(ARGV[2])
local notes = redis.call('HGETALL', KEYS[2])
for i = 1, #notes, 2 do
  if notes[i] ~= 'ticket' and not holds(ARGV[3], notes[i]) then count = count + tonumber(notes[i + 1]) end
end
redis.call('DEL', KEYS[2])
if count < 0 then return tonumber(ARGV[2]) end
redis.call('HSET', KEYS[1], 'count', count, 'snapshot', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return count`;

// KEYS: likewise. ARGV: stamp, by, the most notes.
const CHANGE = `${HOLDS}
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('HINCRBY', KEYS[2], ARGV[1], ARGV[2])
  if redis.call('HLEN', KEYS[2]) > tonumber(ARGV[3]) then redis.call('DEL', KEYS[2]) end
end
local snapshot = redis.call('HGET', KEYS[1], 'snapshot')
if snapshot and not holds(snapshot, ARGV[1]) then
  if redis.call('HINCRBY', KEYS[1], 'count', ARGV[2]) < 0 then redis.call('DEL', KEYS[1]) end
end
return 0`;

export class RedisCountStore implements CountStore {
  readonly #redis: Pick<ImpatientRedis, 'run'>;

  constructor(redis: Pick<ImpatientRedis, 'run'>) {
    this.#redis = redis;
  }

  async read(page: PageId): Promise<number | null> {
    const count = await this.#redis.run(client => client.hGet(keptKey(page), 'count'));
    return count == null ? null : Number(count);
  }

  async beginFill(page: PageId): Promise<string> {
    const key = fillKey(page);
    const [, , ticket] = await this.#redis.run(client =>
      client.multi().hSetNX(key, 'ticket', newId()).expire(key, FILL_SECONDS).hGet(key, 'ticket').execTyped(),
    );
    if (ticket === null) throw new Unavailable('The count of greetings');
    return ticket;
  }

  async endFill(page: PageId, ticket: string, { count, snapshot }: Counted): Promise<number> {
    // Jitter keeps pages that were counted together from being counted together again.
    const seconds = Math.ceil(KEPT_SECONDS * (0.8 + Math.random() / 5));
    const keys = [keptKey(page), fillKey(page)];
    const values = [ticket, String(count), snapshot, String(seconds)];
    return Number(await this.#redis.run(client => client.eval(END_FILL, { keys, arguments: values })));
  }

  async change(page: PageId, by: number, stamp: UnitStamp): Promise<void> {
    const keys = [keptKey(page), fillKey(page)];
    const values = [stamp, String(by), String(MOST_CHANGES)];
    await this.#redis.run(client => client.eval(CHANGE, { keys, arguments: values }));
  }

  async forget(pages: readonly PageId[]): Promise<void> {
    await this.#redis.run(client =>
      Promise.all(pages.map(page => client.del([keptKey(page), fillKey(page)]))),
    );
  }

  async forgetAll(): Promise<void> {
    await removeKeysLike(this.#redis, 'greetings:*');
  }
}
