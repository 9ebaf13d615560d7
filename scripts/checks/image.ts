import { validate } from 'dockerfile-utils';
import type { Check } from './check.ts';
import { execForm, lastOf, stagesOf, type Stage } from './image/dockerfile.ts';
import { imageFileFindings } from './image/files.ts';
import { isPinned, majorOf, nameOf } from './image/reference.ts';
import { projectText, type ReadText } from './project-text.ts';

const FILE = 'Dockerfile';
const SECRET = /SECRET|PASSWORD|PASSWD|TOKEN|PEPPER|CREDENTIAL|_KEY|KEY_|SIGNING/;

/** What is wrong with the images that are built: their recipe, and which files get into them. */
export const imageFindings = (read: ReadText): readonly string[] => {
  const text = read(FILE);
  const stages = stagesOf(text);
  const mistakes = [
    ...validate(text).map(
      ({ message, range }) =>
        `line ${range.start.line + 1}: ${typeof message === 'string' ? message : message.value}`,
    ),
    ...stages.flatMap(stage => stageFindings(stage, stages)),
    ...runnableFindings(stages),
    ...versionFindings(stages, read),
  ];
  return [...mistakes.map(mistake => `${FILE}: ${mistake}`), ...imageFileFindings(read)];
};

const stageFindings = ({ name, from, instructions }: Stage, stages: readonly Stage[]): string[] => {
  const findings: string[] = [];
  const isOurs = from === 'scratch' || stages.some(stage => stage.name === from);
  if (!isOurs && !isPinned(from))
    findings.push(`${name} begins from ${from}, which is not pinned to a version`);
  for (const instruction of instructions) {
    const words = instruction.getArgumentsContent() ?? '';
    const keyword = instruction.getKeyword();
    if (keyword === 'ADD') findings.push(`${name} has an ADD, which fetches and unpacks; COPY does neither`);
    if ((keyword === 'ARG' || keyword === 'ENV') && SECRET.test(words.replaceAll(/=\S*/g, '')))
      findings.push(`${name} has a secret in a layer: ${keyword} ${words.split('=')[0] ?? ''}`);
    if (keyword === 'RUN' && /npm (ci|install)/.test(words))
      for (const option of ['npm ci', '--omit=dev', '--ignore-scripts'])
        if (!words.includes(option)) findings.push(`${name} installs packages without ${option}`);
  }
  return findings;
};

const runnableFindings = (stages: readonly Stage[]): string[] => {
  const findings: string[] = [];
  if (stages.at(-1)?.name !== 'server')
    findings.push('the last stage, which a build makes unasked, is not server');
  for (const name of ['server', 'backup']) {
    const stage = stages.find(each => each.name === name);
    if (stage === undefined) {
      findings.push(`there is no stage ${name}`);
      continue;
    }
    const user = lastOf(stage, 'USER')?.getArgumentsContent() ?? 'root';
    if (!/^[1-9]\d*(:\d+)?$/.test(user))
      findings.push(`${name} runs as ${user}, not as a number other than 0`);
    const begin = lastOf(stage, name === 'backup' ? 'ENTRYPOINT' : 'CMD');
    if (execForm(begin)?.[0] !== 'node') findings.push(`${name} does not begin with node in exec form`);
    if (lastOf(stage, 'STOPSIGNAL')?.getArgumentsContent() !== 'SIGTERM')
      findings.push(`${name} is not stopped by SIGTERM`);
    const health = lastOf(stage, 'HEALTHCHECK');
    if (health === undefined) findings.push(`${name} has no HEALTHCHECK`);
    else if (name === 'server' && execForm(health)?.[0] !== 'node')
      findings.push(`${name} has a HEALTHCHECK that is not node in exec form`);
    for (const variable of ['NODE_ENV=production', ...(name === 'server' ? ['HOST=0.0.0.0'] : [])])
      if (
        !stage.instructions.some(
          each => each.getKeyword() === 'ENV' && each.getArgumentsContent()?.includes(variable),
        )
      )
        findings.push(`${name} does not set ${variable}`);
  }
  return findings;
};

const versionFindings = (stages: readonly Stage[], read: ReadText): string[] => {
  const findings: string[] = [];
  const nodeVersion = read('.node-version').trim();
  for (const { name, from } of stages)
    if (nameOf(from) === 'node' && !from.startsWith(`node:${nodeVersion}-`))
      findings.push(`${name} begins from ${from}, and .node-version says ${nodeVersion}`);
  const tools = stages.find(({ name }) => name === 'backup')?.from ?? '';
  const server = /\$\{POSTGRES_IMAGE:-([^}]+)\}/.exec(read('compose.production.yml'))?.[1] ?? '';
  if (nameOf(tools) !== 'postgres' || majorOf(tools) !== majorOf(server))
    findings.push(`backup has the tools of ${tools}, and compose.production.yml runs ${server}`);
  return findings;
};

export const image: Check = { name: 'image', run: () => Promise.resolve(imageFindings(projectText)) };
