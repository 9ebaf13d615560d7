import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import proxyAddr from 'proxy-addr';
import { contextOf } from './request-context.ts';

/** Whether the address that is `hop` steps away from us (0: the peer itself) may speak for the one before it. */
export type Trust = (address: string, hop: number) => boolean;

/** Reads `TRUSTED_PROXIES`: a number of hops, or addresses and CIDR ranges. Nothing means that nobody is trusted. */
export const trustIn = (proxies: readonly string[]): Trust => {
  const hops = Math.max(0, ...proxies.filter(isCount).map(Number));
  const inRange = proxyAddr.compile(proxies.filter(item => !isCount(item)));
  return (address, hop) => hop < hops || inRange(address, hop);
};

const isCount = (item: string): boolean => /^\d+$/.test(item);

// What is left when the client has hung up before anybody asked: one shared bucket for all who do that.
const UNKNOWN = '0.0.0.0';

/**
 * The client's address: the farthest one in `X-Forwarded-For` that trusted proxies vouch for. Anything there that is
 * not an address ends the walk, so junk can never become a key of a limit or a line of an audit trail.
 */
export const clientAddress = (request: IncomingMessage, trust: Trust): string => {
  const peer = contextOf(request).peer ?? UNKNOWN;
  if (request.headers['x-forwarded-for'] === undefined) return plain(peer);
  const chain = proxyAddr.all(request, trust).slice(1);
  const firstJunk = chain.findIndex(address => isIP(address) === 0);
  return plain((firstJunk === -1 ? chain : chain.slice(0, firstJunk)).at(-1) ?? peer);
};

/** `::ffff:192.0.2.1` is 192.0.2.1, and one address has one spelling. */
const plain = (address: string): string =>
  ipaddr.isValid(address) ? ipaddr.process(address).toString() : UNKNOWN;

export const isLoopback = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
