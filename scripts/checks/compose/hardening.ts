import type { Service } from './shape.ts';
import { isPinned } from '../image/reference.ts';
import { interpolate } from './interpolation.ts';

/** Images of ours: their USER and HEALTHCHECK are in the Dockerfile, where they are checked. */
const isOurs = ({ image }: Service): boolean => /^\$\{DAYMARK_\w+:\?\}$/.test(image);

/** Nothing to ask: the worker has no port, the others run and end. */
const WITHOUT_HEALTH = ['worker', 'migrate', 'admin'];

const LONG_RUNNING = ['traefik', 'socket-proxy', 'api', 'worker', 'postgres', 'redis'];

/** What every service has to have, whatever it does. */
export const hardeningFindings = (name: string, service: Service): string[] => {
  const findings: string[] = [];
  const wants = (holds: unknown, finding: string): void => {
    if (!holds) findings.push(`${name} ${finding}`);
  };
  wants(service.read_only, 'can write to its root file system (read_only)');
  wants(service.cap_drop?.join() === 'ALL', 'keeps capabilities (cap_drop)');
  wants(service.security_opt?.includes('no-new-privileges:true'), 'may gain privileges (security_opt)');
  wants(service.init, 'has no init to reap orphans');
  wants(service.mem_limit, 'may take all memory (mem_limit)');
  wants(service.pids_limit, 'may start any number of processes (pids_limit)');
  wants(service.logging, 'may fill the disk with its log (logging)');
  wants(
    (service.restart === 'unless-stopped') === LONG_RUNNING.includes(name),
    LONG_RUNNING.includes(name)
      ? 'is not started again when it ends (restart)'
      : 'runs once and is started again',
  );
  wants(isOurs(service) || /^[1-9]\d*:/.test(service.user ?? ''), 'runs as root (user)');
  wants(
    isOurs(service) || isPinned(interpolate(service.image, {})),
    'has an image that is not pinned to a version',
  );
  wants(hasHealth(name, service), 'is not asked whether it is well (healthcheck)');
  return findings;
};

const hasHealth = (name: string, service: Service): boolean => {
  const { healthcheck } = service;
  // The image's own asks for the server's port, so it is right for the server alone, and the backup's says none.
  if (healthcheck === undefined)
    return isOurs(service) && (service.command === undefined || service.image.includes('BACKUP'));
  return !('disable' in healthcheck) || WITHOUT_HEALTH.includes(name);
};
