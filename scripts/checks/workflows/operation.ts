import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../services/project.ts';
import type { Source } from './shape.ts';

const LONGEST_MINUTES = 120;

/** GitHub's own limit is six hours of a hanging job. */
const timeouts = ({ path, workflow }: Source): string[] =>
  Object.entries(workflow.jobs)
    .filter(([, job]) => job.uses === undefined && !((job['timeout-minutes'] ?? Infinity) <= LONGEST_MINUTES))
    .map(([name]) => `${path}: ${name} has no timeout-minutes of ${LONGEST_MINUTES} or less`);

const concurrency = ({ path, workflow }: Source): string[] => {
  if (Object.keys(workflow.on).join() === 'workflow_call') return [];
  if (workflow.concurrency === undefined) return [`${path}: has no concurrency group`];
  const releases = Object.values(workflow.jobs).some(job => job.environment !== undefined);
  const { group, 'cancel-in-progress': cancels } = workflow.concurrency;
  return releases && (group !== 'production' || cancels)
    ? [`${path}: two releases may run at once, or one may be broken off`]
    : [];
};

const commandsOf = ({ workflow }: Source): readonly string[] =>
  Object.values(workflow.jobs).flatMap(job => job.steps.flatMap(step => step.run?.split('\n') ?? []));

/** What CI runs is what a developer runs. */
const targets = (source: Source, makefile: string): string[] =>
  commandsOf(source).flatMap(command =>
    [...command.matchAll(/(?:^|[;&|] *)make ([\w-]+)/g)]
      .filter(([, target = '']) => !new RegExp(`^${target}:`, 'm').test(makefile))
      .map(([, target = '']) => `${source.path}: there is no target ${target} in the Makefile`),
  );

const programs = (source: Source): string[] =>
  commandsOf(source).flatMap(command =>
    [...command.matchAll(/(?:^|[\s(])((?:scripts|\.github)\/[\w./-]+)/g)]
      .filter(([, file = '']) => !existsSync(join(projectRoot, file)))
      .map(([, file = '']) => `${source.path}: there is no ${file}`),
  );

export const operation = (source: Source, makefile: string): string[] => [
  ...timeouts(source),
  ...concurrency(source),
  ...targets(source, makefile),
  ...programs(source),
];
