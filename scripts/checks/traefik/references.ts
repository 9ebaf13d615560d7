import { configurationOf } from '../compose/environment.ts';
import { COMPOSE_FILE } from '../compose.ts';
import { composeShape } from '../compose/shape.ts';
import { secondsOf } from '../duration.ts';
import type { ReadText } from '../project-text.ts';
import type { Dynamic } from './dynamic.ts';
import type { Routing } from './labels.ts';
import type { StaticConfiguration } from './shape.ts';
import { readYaml } from '../yaml-file.ts';

/** Names that lead nowhere, things that nobody uses, and routers that are open where they should not be. */
export const referenceFindings = (
  path: string,
  { entryPoints, certificatesResolvers }: StaticConfiguration,
  { middlewares, transports, tlsOptions }: Dynamic,
  { enable, http: { routers, services } }: Routing,
  read: ReadText,
): string[] => {
  const everywhere = Object.values(entryPoints);
  const all = Object.entries(routers);
  const loadBalancers = Object.values(services).map(({ loadbalancer }) => loadbalancer);
  const pairs: [string, readonly string[], readonly string[]][] = [
    [
      'middleware',
      [
        ...everywhere.flatMap(({ http }) => http?.middlewares ?? []),
        ...all.flatMap(([, router]) => router.middlewares.split(',')),
      ],
      [...middlewares.keys()].map(name => `${name}@file`),
    ],
    [
      'transport',
      loadBalancers.map(each => each.serverstransport),
      [...transports.keys()].map(name => `${name}@file`),
    ],
    ['service', all.map(([, router]) => router.service), Object.keys(services)],
    [
      'TLS option',
      ['default', ...everywhere.flatMap(({ http }) => http?.tls?.options ?? [])],
      [...tlsOptions.keys()],
    ],
  ];
  const resolvers = Object.keys(certificatesResolvers);
  const drain = drainDelaySeconds(read);
  return [
    ...pairs.flatMap(([kind, names, defined]) => [
      ...new Set(names.filter(name => !defined.includes(name)).map(name => `there is no ${kind} ${name}`)),
      ...defined.filter(name => !names.includes(name)).map(name => `nobody uses the ${kind} ${name}`),
    ]),
    ...(enable === 'true' ? [] : ['the API is not enabled']),
    ...all.flatMap(([name, { rule, entrypoints, tls }]) => [
      ...(entrypoints === 'websecure' ? [] : [`the router ${name} is on ${entrypoints}`]),
      ...(resolvers.includes(tls.certresolver)
        ? []
        : [`there is no certificate resolver ${tls.certresolver}`]),
      ...(rule.startsWith('Host(`') ? [] : [`the router ${name} takes every host`]),
    ]),
    ...(resolvers.includes('letsencrypt-staging') ? [] : ['there is no resolver to try out with']),
    ...(all.some(([, { rule }]) => rule.includes('!Path(`/metrics`)')) ? [] : ['the metrics are public']),
    ...loadBalancers.flatMap(({ healthcheck, server }) => [
      ...(healthcheck.path === '/readyz'
        ? []
        : [`replicas are asked at ${healthcheck.path}, not at /readyz`]),
      ...(server.port === '3000' ? [] : [`replicas are asked at port ${server.port}, not at 3000`]),
      // A first question may be lost, and the second has to be answered before requests are refused.
      ...(2 * (secondsOf(healthcheck.interval) + secondsOf(healthcheck.timeout)) < drain
        ? []
        : [`a replica that drains gets requests for longer than it takes them (${drain} s)`]),
    ]),
  ].map(finding => `${path}: ${finding}`);
};

const drainDelaySeconds = (read: ReadText): number => {
  const parsed = readYaml(COMPOSE_FILE, composeShape, read);
  const api = 'value' in parsed ? parsed.value.services.api : undefined;
  if (api === undefined) throw new Error(`${COMPOSE_FILE} has no service api.`);
  return configurationOf(api).drainDelaySeconds;
};
