import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../services/project.ts';
import type { Check } from './check.ts';
import { COMPOSE_FILE } from './compose.ts';
import { composeShape } from './compose/shape.ts';
import { interpolate } from './compose/interpolation.ts';
import { projectText, type ReadText } from './project-text.ts';
import { dynamicFindings, readDynamic } from './traefik/dynamic.ts';
import { routingOf, type Routing } from './traefik/labels.ts';
import { referenceFindings } from './traefik/references.ts';
import { dockerShape, ecsShape, type StaticConfiguration } from './traefik/shape.ts';
import { staticFindings } from './traefik/static.ts';
import { readYaml } from './yaml-file.ts';

const ECS = 'traefik/traefik.yml';
const DOCKER = 'traefik/traefik.docker.yml';

/** The files of traefik/dynamic, which both variants share. */
const dynamicFiles = (): readonly string[] =>
  readdirSync(join(projectRoot, 'traefik/dynamic')).map(name => `traefik/dynamic/${name}`);

/** What is wrong with Traefik's configuration, with both providers. */
export const traefikFindings = (read: ReadText): readonly string[] => {
  const ecs = readYaml(ECS, ecsShape, read);
  const docker = readYaml(DOCKER, dockerShape, read);
  const compose = readYaml(COMPOSE_FILE, composeShape, read);
  const dynamic = readDynamic(dynamicFiles(), read);
  const unreadable = [...ecs.findings, ...docker.findings, ...dynamic.findings];
  if (!('value' in ecs) || !('value' in docker) || !('value' in compose) || dynamic.value === null)
    return unreadable;

  const { api, traefik } = compose.value.services;
  const labels = Object.entries(api?.labels ?? {}).map(([name, value]) => [name, interpolate(value, DOMAIN)]);
  const { routing, findings } = routingOf(COMPOSE_FILE, Object.fromEntries(labels) as Record<string, string>);
  const others = Object.entries(compose.value.services).filter(
    ([name, { labels: own }]) => name !== 'api' && own,
  );
  return [
    ...unreadable,
    ...findings,
    ...others.map(([name]) => `${COMPOSE_FILE}: ${name} has labels, and nothing but the API is public`),
    ...staticFindings(ECS, ecs.value, read),
    ...staticFindings(DOCKER, docker.value, read),
    ...providerFindings(ecs.value, docker.value, compose.value.networks.edge?.name, traefik?.volumes ?? []),
    ...dynamicFindings(dynamic.value, read),
    ...(routing === null ? [] : routingFindings(routing, ecs.value, docker.value, dynamic.value, read)),
  ];
};

const DOMAIN = { DOMAIN: 'api.example.org' };

const routingFindings = (
  routing: Routing,
  ecs: StaticConfiguration,
  docker: StaticConfiguration,
  dynamic: NonNullable<ReturnType<typeof readDynamic>['value']>,
  read: ReadText,
): string[] => [
  ...referenceFindings(ECS, ecs, dynamic, routing, read),
  ...referenceFindings(DOCKER, docker, dynamic, routing, read),
];

const providerFindings = (
  { providers: { ecs, file }, ...ecsRest }: Extract<StaticConfiguration, { providers: { ecs: unknown } }>,
  {
    providers: { docker, ...others },
    ...dockerRest
  }: Extract<StaticConfiguration, { providers: { docker: unknown } }>,
  edge: string | undefined,
  volumes: readonly string[],
): string[] => {
  const findings: string[] = [];
  if (ecs.exposedByDefault) findings.push(`${ECS}: every container is public (exposedByDefault)`);
  if (docker.exposedByDefault) findings.push(`${DOCKER}: every container is public (exposedByDefault)`);
  if (!ecs.healthyTasksOnly) findings.push(`${ECS}: sick tasks get requests (healthyTasksOnly)`);
  if (docker.endpoint !== 'tcp://socket-proxy:2375')
    findings.push(`${DOCKER}: Docker is asked at ${docker.endpoint}, not through socket-proxy`);
  if (docker.network !== edge)
    findings.push(
      `${DOCKER}: replicas are looked for on ${docker.network}, and they are on ${edge ?? 'none'}`,
    );
  if (JSON.stringify([ecsRest, file]) !== JSON.stringify([dockerRest, others.file]))
    findings.push(`${DOCKER}: differs from ${ECS} in more than the provider`);
  for (const mount of [
    `./${DOCKER}:/etc/traefik/traefik.yml:ro`,
    `./traefik/dynamic:${others.file.directory}:ro`,
  ])
    if (!volumes.includes(mount)) findings.push(`${COMPOSE_FILE}: traefik has no ${mount}`);
  return findings;
};

export const traefik: Check = { name: 'traefik', run: () => Promise.resolve(traefikFindings(projectText)) };
