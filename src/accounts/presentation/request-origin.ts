import Bowser from 'bowser';
import { LRUCache } from 'lru-cache';
import type { Incoming } from '../../shared/presentation/route.ts';
import type { Origin } from '../domain/audit-entry.ts';

// Parsing a user agent costs more than everything else a refresh does outside the stores, and few are in use.
const names = new LRUCache<string, string>({ max: 500 });

/** Where a request comes from, as it is shown to the person: `Firefox on Linux`. */
export const originOf = (incoming: Pick<Incoming, 'ip' | 'userAgent'>): Origin => ({
  ip: incoming.ip,
  device: deviceName(incoming.userAgent),
});

export const deviceName = (userAgent: string | undefined): string => {
  if (userAgent === undefined || userAgent === '') return 'Unknown device';
  const known = names.get(userAgent);
  if (known !== undefined) return known;
  const name = parse(userAgent);
  names.set(userAgent, name);
  return name;
};

const parse = (userAgent: string): string => {
  const { browser, os } = Bowser.parse(userAgent.slice(0, 512));
  const parts = [browser.name, os.name].filter(part => part !== undefined && part !== '');
  const name = parts.length > 0 ? parts.join(' on ') : (/^[\w .+-]{1,40}/.exec(userAgent)?.[0] ?? '');
  return name.trim() || 'Unknown device';
};
