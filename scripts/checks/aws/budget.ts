import { INSTANCES } from '../../aws/instances.ts';
import type { Deployment, Rule } from './deployment.ts';

const ONE_OFF = ['migrate', 'backup', 'restore', 'restore-drill'];
const FILE = 'register-task-definition.*.json';

type Wants = 'cpu' | 'memory' | 'memoryReservation';

const wanted = ({ tasks }: Deployment, name: string, what: Wants): number =>
  tasks.get(name)?.containerDefinitions[0][what] ?? 0;

/** What all services want at once: in peace, or while each is replaced. */
const ofServices = (deployment: Deployment, what: Wants, { rolling }: { rolling: boolean }): number =>
  [...deployment.services].reduce((sum, [name, { desiredCount, deploymentConfiguration }]) => {
    const percent = rolling ? deploymentConfiguration.maximumPercent : 100;
    return sum + Math.floor((desiredCount * percent) / 100) * wanted(deployment, name, what);
  }, 0);

const largestOneOff = (deployment: Deployment, what: Wants): number =>
  Math.max(...ONE_OFF.map(name => wanted(deployment, name, what)));

/**
 * ECS places by reservation. While both replicas are replaced there are four, and the nightly backup may come then too:
 * what does not fit waits, and a deployment that waits for ever is rolled back.
 */
export const placement: Rule = deployment => {
  const { memoryForTasksMib, cpuUnits } = INSTANCES[deployment.configuration.instance_type];
  const findings: string[] = [];
  const judge = (what: Wants, unit: string, available: number) => {
    const total = ofServices(deployment, what, { rolling: true }) + largestOneOff(deployment, what);
    if (total > available)
      findings.push(
        `${FILE}: a rolling deployment wants ${total} ${unit}, ${deployment.configuration.instance_type} has ${available}`,
      );
  };
  judge('memoryReservation', 'MiB', memoryForTasksMib);
  judge('cpu', 'CPU units', cpuUnits);
  return findings;
};

/** One API process at its limit, a large picture say, must not take the memory that others have reserved. */
export const peak: Rule = deployment => {
  const { memoryForTasksMib } = INSTANCES[deployment.configuration.instance_type];
  const total =
    ofServices(deployment, 'memoryReservation', { rolling: false }) -
    wanted(deployment, 'api', 'memoryReservation') +
    wanted(deployment, 'api', 'memory');
  return total > memoryForTasksMib
    ? [`${FILE}: with one API process at its limit ${total} MiB are wanted, there are ${memoryForTasksMib}`]
    : [];
};

export const limits: Rule = deployment =>
  [...deployment.tasks.keys()]
    .filter(name => wanted(deployment, name, 'memoryReservation') > wanted(deployment, name, 'memory'))
    .map(name => `register-task-definition.${name}.json: reserves more memory than it may use`);

/** Every process of ours may fill its pool, twice as many of them while the API is replaced. */
export const connections: Rule = deployment => {
  const command = deployment.tasks.get('postgres')?.containerDefinitions[0].command.join(' ') ?? '';
  const most = Number(/max_connections=(\d+)/.exec(command)?.[1] ?? 0);
  const poolOf = (name: string): number => {
    const environment = deployment.tasks.get(name)?.containerDefinitions[0].environment ?? [];
    return Number(environment.find(one => one.name === 'DATABASE_POOL_SIZE')?.value ?? 10);
  };
  const processes = (name: string): number => {
    const service = deployment.services.get(name);
    return service === undefined
      ? 0
      : (service.desiredCount * service.deploymentConfiguration.maximumPercent) / 100;
  };
  // A migration, a backup, an admin at a terminal, and the three that Postgres keeps for its superuser.
  const total = poolOf('api') * processes('api') + poolOf('worker') * processes('worker') + 15;
  return total > most
    ? [`register-task-definition.postgres.json: up to ${total} connections are wanted, there are ${most}`]
    : [];
};
