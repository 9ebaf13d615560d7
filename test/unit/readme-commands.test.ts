import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const root = new URL('../../', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const blocks = [...text('README.md').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
const commands = blocks.flatMap(block => block.replaceAll(/\\\n\s*/g, ' ').split('\n'));

/** The first word after `before`, wherever it stands. */
const named = (before: RegExp): string[] =>
  commands.flatMap(command =>
    [...command.matchAll(new RegExp(`${before.source}(\\S+)`, 'g'))].map(found => found.at(-1) ?? ''),
  );

// What a document promises is not there is noticed only by somebody who needs it, on a bad night.
test('every make target that the README names exists', () => {
  const targets = [...text('Makefile').matchAll(/^([a-z][a-z-]*):/gm)].map(([, target]) => target);

  const wanted = named(/(?:^|[;|(] ?|\$\()make /).filter(word => !word.includes('='));

  expect(wanted.length).toBeGreaterThan(10);
  expect(wanted.filter(target => !targets.includes(target))).toEqual([]);
});

test('every script and file of ours that the README runs or names exists', () => {
  const files = commands.flatMap(command =>
    [...command.matchAll(/(?<![\w/.-])((?:scripts|traefik|\.aws|src)\/[\w./-]+)/g)].map(
      ([, path = '']) => path,
    ),
  );

  expect(files.filter(path => !existsSync(new URL(path, root)))).toEqual([]);
});

test('every service that the README gives to compose is one of those in production', () => {
  const services = Object.keys((parse(text('compose.production.yml')) as { services: object }).services);

  const wanted = named(/\bdc (?:run --rm(?: --entrypoint ls)?|exec|restart|logs|ps --quiet) /);

  expect(wanted.length).toBeGreaterThan(5);
  expect(wanted.map(word => word.replace(/\W+$/, '')).filter(service => !services.includes(service))).toEqual(
    [],
  );
});

test('every block of commands is good shell', () => {
  for (const block of blocks) execFileSync('bash', ['-n', '-c', block]);
});
