import { InvalidConfiguration } from '../../src/environment.ts';
import type { Check } from './check.ts';
import { configurationOf, environmentFindings } from './compose/environment.ts';
import { hardeningFindings } from './compose/hardening.ts';
import { networkFindings, referenceFindings } from './compose/network.ts';
import { composeShape, type Compose } from './compose/shape.ts';
import { secondsOf } from './duration.ts';
import { majorOf } from './image/reference.ts';
import { interpolate } from './compose/interpolation.ts';
import { projectText, type ReadText } from './project-text.ts';
import { readYaml } from './yaml-file.ts';

export const COMPOSE_FILE = 'compose.production.yml';

/** What is wrong with the deployment on one plain host. */
export const composeFindings = (read: ReadText): readonly string[] => {
  const parsed = readYaml(COMPOSE_FILE, composeShape, read);
  if (!('value' in parsed)) return parsed.findings;
  const compose = parsed.value;
  const mistakes = [
    ...Object.entries(compose.services).flatMap(([name, service]) => hardeningFindings(name, service)),
    ...networkFindings(compose),
    ...referenceFindings(compose),
    ...storageFindings(compose),
    ...lifeFindings(compose),
    ...nameFindings(compose, read),
  ];
  return [...mistakes.map(mistake => `${COMPOSE_FILE}: ${mistake}`), ...environmentFindings(compose, read)];
};

/** Volumes and containers are called after the project. */
const nameFindings = ({ name }: Compose, read: ReadText): string[] =>
  read('docker-compose.yml').includes(`\nname: ${name}\n`)
    ? [`has the project name of docker-compose.yml, ${name}, and would share its volumes`]
    : [];

const storageFindings = ({ services }: Compose): string[] => {
  const findings: string[] = [];
  const { postgres, redis } = services;
  const major = majorOf(interpolate(postgres?.image ?? '', {}));
  // Before 18 the data lay in a folder below this one; a volume there stays empty with 18.
  if (major >= 18 && postgres?.volumes?.join() !== 'postgres:/var/lib/postgresql')
    findings.push(`postgres ${major} keeps its data in /var/lib/postgresql, where no volume is`);
  if (redis?.volumes?.join() !== 'redis:/data')
    findings.push('redis keeps its data in /data, where no volume is');
  const words = redis?.command?.join(' ') ?? '';
  for (const option of ['--appendonly yes', '--maxmemory-policy noeviction', '--maxmemory '])
    if (!words.includes(option)) findings.push(`redis is started without ${option.trim()}`);
  for (const name of ['api', 'worker', 'admin'])
    if (!services[name]?.volumes?.includes('data:/data')) findings.push(`${name} has no volume at /data`);
  return findings;
};

const lifeFindings = ({ services }: Compose): string[] => {
  const { api, worker } = services;
  if (api === undefined || worker === undefined) return ['there is no api or no worker'];
  const findings: string[] = [];
  if ((api.deploy?.replicas ?? 1) < 2) findings.push('api has one replica, so an update is an outage');
  if (api.depends_on?.migrate?.condition !== 'service_completed_successfully')
    findings.push('api does not wait for migrate');
  try {
    const { drainDelaySeconds, drainDeadlineSeconds, trustedProxies, inlineWorker } = configurationOf(api);
    const grace = (period = '10s'): number => secondsOf(period);
    if (grace(api.stop_grace_period) <= drainDelaySeconds + drainDeadlineSeconds)
      findings.push(`api is killed before it has drained (${drainDelaySeconds} + ${drainDeadlineSeconds} s)`);
    if (grace(worker.stop_grace_period) <= configurationOf(worker).drainDeadlineSeconds)
      findings.push('worker is killed before it has finished');
    if (trustedProxies.join() !== '1') findings.push('api does not trust exactly one proxy, Traefik');
    if (inlineWorker) findings.push('api does the work of the worker too');
  } catch (error) {
    // Told with the environment.
    if (!(error instanceof InvalidConfiguration)) throw error;
  }
  return findings;
};

export const compose: Check = { name: 'compose', run: () => Promise.resolve(composeFindings(projectText)) };
