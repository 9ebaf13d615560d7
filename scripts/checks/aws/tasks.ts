import { fileOf, type Rule } from './deployment.ts';
import type { TaskDefinition } from './shapes.ts';

// As in src/configuration.ts in production, and time to close everything after them.
const LONGEST_DRAIN = 15 + 30;
const NODE = ['api', 'worker', 'migrate', 'backup', 'restore', 'restore-drill'];
/** What holds a port of the host can be there once only. */
const FIXED_PORTS: Readonly<Record<string, readonly number[]>> = {
  traefik: [80, 443],
  postgres: [5432],
  redis: [6379],
};

const file = (name: string) => fileOf('register-task-definition', name);

/** The largest heap that Node is allowed, in MiB. */
const heapOf = ({ containerDefinitions: [container] }: TaskDefinition): number | null => {
  const options = container.environment.find(one => one.name === 'NODE_OPTIONS')?.value ?? '';
  const found = /--max-old-space-size=(\d+)/.exec([options, ...container.command].join(' '))?.[1];
  return found === undefined ? null : Number(found);
};

export const ports: Rule = ({ tasks }) =>
  [...tasks].flatMap(
    ([
      name,
      {
        containerDefinitions: [container],
      },
    ]) =>
      container.portMappings
        .filter(({ hostPort }) => hostPort !== 0 && !(FIXED_PORTS[name] ?? []).includes(hostPort))
        .map(
          ({ hostPort }) =>
            `${file(name)}: port ${hostPort} of the host; 0 lets two releases run side by side`,
        ),
  );

export const stopping: Rule = ({ tasks }) =>
  ['api', 'worker'].flatMap(name => {
    const stopTimeout = tasks.get(name)?.containerDefinitions[0].stopTimeout ?? 0;
    return stopTimeout >= LONGEST_DRAIN + 15
      ? []
      : [`${file(name)}: stopTimeout ${stopTimeout} kills requests that drain for up to ${LONGEST_DRAIN} s`];
  });

export const heaps: Rule = ({ tasks }) =>
  NODE.flatMap(name => {
    const task = tasks.get(name);
    if (task === undefined) return [];
    const heap = heapOf(task);
    const { memory } = task.containerDefinitions[0];
    if (heap === null) return [`${file(name)}: no --max-old-space-size; Node would grow until it is killed`];
    return heap > memory * 0.75 ? [`${file(name)}: a heap of ${heap} MiB does not fit into ${memory}`] : [];
  });

export const health: Rule = ({ tasks, services }) =>
  [...services.keys()]
    // The worker has no port to ask: it ends when it cannot go on.
    .filter(name => name !== 'worker' && tasks.get(name)?.containerDefinitions[0].healthCheck === undefined)
    .map(name => `${file(name)}: without a health check no deployment knows whether it works`);

export const volumes: Rule = ({ tasks, sources }) =>
  [...tasks].flatMap(([name, task]) => {
    const [container] = task.containerDefinitions;
    const known = task.volumes.map(volume => volume.name);
    const findings = container.mountPoints
      .filter(mount => !known.includes(mount.sourceVolume))
      .map(mount => `${file(name)}: there is no volume ${mount.sourceVolume}`);
    for (const volume of task.volumes) {
      if (!('host' in volume)) continue;
      if (task.placementConstraints === undefined)
        findings.push(`${file(name)}: needs the data volume, but may be placed where it is not`);
      const folder = volume.host.sourcePath.slice('/srv/daymark/'.length);
      if (!sources.parts.get('.aws/parts/user-data.sh')?.includes(`"$place/${folder}"`))
        findings.push(`${file(name)}: user-data.sh does not make ${volume.host.sourcePath}`);
    }
    return findings;
  });

export const logs: Rule = ({ tasks, configuration }) =>
  [...tasks].flatMap(
    ([
      name,
      {
        containerDefinitions: [container],
      },
    ]) => {
      const { options } = container.logConfiguration;
      const right =
        options['awslogs-group'] === `/${configuration.name}` &&
        options['awslogs-region'] === configuration.region &&
        options['awslogs-stream-prefix'] === name &&
        container.name === name;
      return right ? [] : [`${file(name)}: its log is not /${configuration.name}, stream ${name}/`];
    },
  );
