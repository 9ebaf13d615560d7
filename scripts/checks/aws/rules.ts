import { connections, limits, peak, placement } from './budget.ts';
import { lockable, privacy, refusals, retention } from './buckets.ts';
import type { Rule } from './deployment.ts';
import { dataVolume, doors, machine } from './instance.ts';
import { buckets, deletion, secretsOfRoles, wildcards } from './policies.ts';
import { files } from './proxy.ts';
import { images, schedules, services } from './references.ts';
import { ownAccount, passedRoles, pipelineTrust, taskRoles } from './roles.ts';
import { health, heaps, logs, ports, stopping, volumes } from './tasks.ts';

export const RULES: readonly Rule[] = [
  ...[ports, stopping, heaps, health, volumes, logs],
  ...[placement, peak, limits, connections],
  ...[wildcards, deletion, buckets, secretsOfRoles],
  ...[taskRoles, passedRoles, pipelineTrust, ownAccount],
  ...[privacy, refusals, retention, lockable],
  ...[services, schedules, images],
  ...[doors, machine, dataVolume],
  files,
];
