import type { z } from 'zod';
import {
  answerHeaders,
  largestBodyBytes,
  serverKeepAliveSeconds,
  signInAllowances,
} from '../product-facts.ts';
import { secondsOf } from '../duration.ts';
import type { ReadText } from '../project-text.ts';
import { dynamicShape, type Middleware } from './shape.ts';
import { readYaml } from '../yaml-file.ts';

type File = z.infer<typeof dynamicShape>;

/** All dynamic files as one, as Traefik sees them. */
export interface Dynamic {
  readonly middlewares: ReadonlyMap<string, Middleware>;
  readonly transports: ReadonlyMap<
    string,
    NonNullable<NonNullable<File['http']>['serversTransports']>[string]
  >;
  readonly tlsOptions: ReadonlyMap<string, NonNullable<File['tls']>['options'][string]>;
}

export const readDynamic = (
  paths: readonly string[],
  read: ReadText,
): { readonly value: Dynamic | null; readonly findings: readonly string[] } => {
  const parsed = paths.map(path => readYaml(path, dynamicShape, read));
  const files = parsed.flatMap(each => ('value' in each ? [each.value] : []));
  const findings = parsed.flatMap(each => [...each.findings]);
  if (files.length < paths.length) return { value: null, findings };
  return {
    value: {
      middlewares: new Map(files.flatMap(({ http }) => Object.entries(http?.middlewares ?? {}))),
      transports: new Map(files.flatMap(({ http }) => Object.entries(http?.serversTransports ?? {}))),
      tlsOptions: new Map(files.flatMap(({ tls }) => Object.entries(tls?.options ?? {}))),
    },
    findings,
  };
};

/** Settings that are well-formed and do not fit the product, or protect less than they should. */
export const dynamicFindings = (
  { middlewares, transports, tlsOptions }: Dynamic,
  read: ReadText,
): string[] => {
  const findings: string[] = [];
  for (const [name, middleware] of middlewares) {
    if ('headers' in middleware) findings.push(...headerFindings(name, middleware.headers));
    if ('buffering' in middleware) {
      const { maxRequestBodyBytes, memRequestBodyBytes } = middleware.buffering;
      if (maxRequestBodyBytes < largestBodyBytes(read))
        findings.push(`${name} refuses bodies of ${largestBodyBytes(read)} bytes, which the API takes`);
      if (memRequestBodyBytes < maxRequestBodyBytes)
        findings.push(`${name} would write bodies to a disk it has not`);
    }
  }
  findings.push(...rateFindings(middlewares));
  for (const [name, { forwardingTimeouts }] of transports)
    if (secondsOf(forwardingTimeouts.idleConnTimeout) >= serverKeepAliveSeconds())
      findings.push(`${name} keeps connections longer than the server does (${serverKeepAliveSeconds()} s)`);
  if (tlsOptions.get('default')?.sniStrict !== true)
    findings.push('a certificate is shown to who asks for no name of ours');
  return findings.map(finding => `traefik/dynamic: ${finding}`);
};

const headerFindings = (
  name: string,
  headers: Extract<Middleware, { headers: unknown }>['headers'],
): string[] => {
  const ours = answerHeaders();
  const subdomains = headers.stsIncludeSubdomains ? '; includeSubDomains' : '';
  const set: Readonly<Record<string, string>> = {
    'strict-transport-security': `max-age=${headers.stsSeconds}${subdomains}`,
    'x-content-type-options': headers.contentTypeNosniff ? 'nosniff' : '',
    'x-frame-options': headers.frameDeny ? 'DENY' : '',
    'referrer-policy': headers.referrerPolicy,
  };
  const differing = Object.entries(set)
    .filter(([header, value]) => ours.get(header) !== value)
    .map(
      ([header, value]) => `${name} sets ${header} to "${value}", and the API to "${ours.get(header) ?? ''}"`,
    );
  const visible = ['Server', 'X-Powered-By']
    .filter(header => headers.customResponseHeaders[header] !== '')
    .map(header => `${name} lets ${header} through`);
  const policy = Object.keys(headers.customResponseHeaders)
    .filter(header => /content-security-policy/i.test(header))
    .map(header => `${name} overwrites the API's own ${header}`);
  return [...differing, ...visible, ...policy];
};

const rateFindings = (middlewares: Dynamic['middlewares']): string[] => {
  const rate = (name: string) => {
    const found = middlewares.get(name);
    return found !== undefined && 'rateLimit' in found ? found.rateLimit : undefined;
  };
  const [general, signIn] = [rate('rate-limit'), rate('sign-in-rate-limit')];
  if (general === undefined || signIn === undefined)
    return ['there is no rate limit, or none for signing in'];
  const perSecond = ({ average, period }: typeof general): number => average / secondsOf(period);
  const findings: string[] = [];
  if (perSecond(signIn) >= perSecond(general)) findings.push('signing in is not limited more than all else');
  // Above the product's own limits, for its refusal says when to come back.
  for (const { attempts, perSeconds } of signInAllowances())
    if (signIn.burst + perSecond(signIn) * perSeconds < attempts)
      findings.push(`sign-in-rate-limit allows less than the API does (${attempts} in ${perSeconds} s)`);
  return findings;
};
