import { z } from 'zod';
import type { ReadText } from '../project-text.ts';
import { readYaml } from '../yaml-file.ts';
import type { Rule } from './deployment.ts';

const staticShape = z.looseObject({
  providers: z.looseObject({ ecs: z.looseObject({ clusters: z.array(z.string()), region: z.string() }) }),
});

const composeShape = z.looseObject({
  services: z.looseObject({ api: z.looseObject({ labels: z.record(z.string(), z.string()) }) }),
});

/** Traefik looks where the tasks are. */
export const cluster =
  (read: ReadText): Rule =>
  ({ configuration: { name, region } }) => {
    const file = 'traefik/traefik.yml';
    const parsed = readYaml(file, staticShape, read);
    if (!('value' in parsed)) return parsed.findings;
    const { ecs } = parsed.value.providers;
    return ecs.clusters.join() === name && ecs.region === region
      ? []
      : [
          `${file}: looks for tasks in ${ecs.clusters.join()} (${ecs.region}), they are in ${name} (${region})`,
        ];
  };

/** The same routes on one plain host and here, so that what is true of one is true of the other. */
export const routes =
  (read: ReadText): Rule =>
  ({ tasks, configuration }) => {
    const file = 'register-task-definition.api.json';
    const parsed = readYaml('compose.production.yml', composeShape, read);
    if (!('value' in parsed)) return parsed.findings;
    const filled = (text: string): string =>
      text
        .replaceAll(/\$\{DOMAIN[^}]*\}/g, configuration.domain)
        .replaceAll(/\$\{CERTIFICATE_RESOLVER[^}]*\}/g, configuration.certificate_resolver)
        .replaceAll('$$', '$');
    const there = new Map(
      Object.entries(parsed.value.services.api.labels).map(([key, value]) => [key, filled(value)] as const),
    );
    const here = tasks.get('api')?.containerDefinitions[0].dockerLabels ?? {};
    const differing = [...there.keys()]
      .filter(key => here[key] !== there.get(key))
      .map(key => `${file}: the label ${key} differs from compose.production.yml`);
    const own = Object.keys(here)
      .filter(key => !there.has(key))
      .map(key => `${file}: the label ${key} is not in compose.production.yml`);
    return [...differing, ...own];
  };

/** Every file of the proxy's configuration is in the task, under the name that its static configuration looks for. */
export const files: Rule = ({ tasks, sources }) => {
  const command = tasks.get('traefik')?.containerDefinitions[0].command.join(' ') ?? '';
  return [...sources.parts.keys()]
    .filter(path => path.startsWith('traefik/'))
    .filter(path => !command.includes(` > /etc/${path};`))
    .map(path => `register-task-definition.traefik.json: does not write ${path}`);
};
