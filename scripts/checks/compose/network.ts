import type { Compose } from './shape.ts';

/** Who may be beside whom. What is not named here is where it likes. */
const ONLY_ON: Readonly<Record<string, string>> = {
  traefik: 'docker-api,edge',
  'socket-proxy': 'docker-api',
  postgres: 'data',
  redis: 'data',
};

/** What can be reached from where, and who can speak with Docker itself. */
export const networkFindings = ({ services, networks }: Compose): string[] => {
  const findings: string[] = [];
  for (const [name, service] of Object.entries(services)) {
    const only = ONLY_ON[name];
    const on = service.networks.toSorted().join();
    if (only !== undefined && on !== only) findings.push(`${name} is on ${on}, and belongs on ${only} alone`);
    if (only === undefined && service.networks.includes('docker-api'))
      findings.push(`${name} is on docker-api, from where every secret can be read`);
    if (name !== 'api' && name !== 'traefik' && service.networks.includes('edge'))
      findings.push(`${name} is on edge, where Traefik is`);
    const published = service.ports?.join() ?? '';
    if (published !== (name === 'traefik' ? '80:80,443:443' : ''))
      findings.push(`${name} publishes ${published || 'no port'}; only Traefik may, and 80 and 443`);
    for (const volume of service.volumes ?? [])
      if (volume.includes('docker.sock') && (name !== 'socket-proxy' || !volume.endsWith(':ro')))
        findings.push(`${name} has Docker's socket (${volume})`);
  }
  for (const name of ['data', 'docker-api'])
    if (networks[name]?.internal !== true) findings.push(`the network ${name} is not internal`);
  const allowed = services['socket-proxy']?.command?.filter(word => word.startsWith('-allow')) ?? [];
  for (const word of allowed)
    if (!/^-allow(from=traefik|GET=|HEAD=\/_ping$|healthcheck$)/.test(word) || /=\.\*/.test(word))
      findings.push(`socket-proxy lets through more than reading (${word})`);
  return findings;
};

/** Names that lead nowhere, and things that nobody uses. */
export const referenceFindings = (compose: Compose): string[] => {
  const services = Object.entries(compose.services);
  const used = (names: (service: (typeof services)[number][1]) => readonly string[]): Set<string> =>
    new Set(services.flatMap(([, service]) => names(service)));
  const pairs: [string, Set<string>, Readonly<Record<string, unknown>>][] = [
    ['network', used(({ networks }) => networks), compose.networks],
    ['volume', used(({ volumes = [] }) => volumes.map(sourceOf).filter(isVolume)), compose.volumes],
    ['config', used(({ configs = [] }) => configs.map(({ source }) => source)), compose.configs],
  ];
  const waitedFor = used(({ depends_on: others = {} }) => Object.keys(others));
  return [
    ...pairs.flatMap(([kind, names, defined]) => [
      ...[...names].filter(name => !(name in defined)).map(name => `there is no ${kind} ${name}`),
      ...Object.keys(defined)
        .filter(name => !names.has(name))
        .map(name => `nobody uses the ${kind} ${name}`),
    ]),
    ...[...waitedFor].filter(name => !(name in compose.services)).map(name => `there is no service ${name}`),
  ];
};

const sourceOf = (volume: string): string => volume.split(':')[0] ?? '';
const isVolume = (source: string): boolean => !/^[./]/.test(source);
