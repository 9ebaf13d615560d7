import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { projectRoot } from '../services/project.ts';

/** The input of one command of the aws-cli, with `${...}` in it. */
export interface Template {
  /** As in `aws ecs register-task-definition`. */
  readonly service: string;
  readonly operation: string;
  /** What it is about, `api` say; empty where there is one only. */
  readonly subject: string;
  readonly text: string;
}

/** Everything that rendering reads, by path: a test plants a mistake in a copy of it. */
export interface Sources {
  /** By path below `.aws`. */
  readonly templates: ReadonlyMap<string, string>;
  /** What templates include, by path below the project. */
  readonly parts: ReadonlyMap<string, string>;
}

type ReadText = (path: string) => string;

const fromDisk: ReadText = path => readFileSync(join(projectRoot, path), 'utf8');

const PARTS = ['.aws/parts/*', 'traefik/traefik.yml', 'traefik/dynamic/*'];

export const readSources = (read: ReadText = fromDisk): Sources => {
  const paths = (pattern: string | readonly string[]): string[] =>
    globSync(pattern, { cwd: projectRoot }).sort();
  const templates = paths('.aws/*/*.json').filter(path => !path.startsWith('.aws/parts/'));
  return {
    templates: new Map(templates.map(path => [path.slice('.aws/'.length), read(path)])),
    parts: new Map(paths(PARTS).map(path => [path, read(path)])),
  };
};

/** `ecs/register-task-definition.api.json` names what it is. */
export const templateOf = (path: string, text: string): Template => {
  const [operation = '', subject = ''] = basename(path, '.json').split('.');
  return { service: dirname(path), operation, subject, text };
};
