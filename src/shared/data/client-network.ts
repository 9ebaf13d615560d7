import ipaddr from 'ipaddr.js';

const IPV6_SITE_GROUPS = 4;

/**
 * What an address is counted as: itself for IPv4 (also when written as IPv6), and its /64 network for IPv6, because
 * one customer has all 2^64 addresses of it. A text that is no address counts as itself.
 */
export const clientNetwork = (address: string): string => {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  const network = parsed.parts.slice(0, IPV6_SITE_GROUPS).map(group => group.toString(16));
  return `${network.join(':')}::/64`;
};
