import { globSync } from 'node:fs';
import { projectRoot } from '../../services/project.ts';
import { sentToBuild } from './docker-ignore.ts';
import { importGraph } from './import-graph.ts';
import type { ReadText } from '../project-text.ts';

/** What is started in the images; all else there is something that these load. */
const ENTRIES = [
  'src/main.ts',
  'src/worker.ts',
  'scripts/admin.ts',
  'scripts/backup.ts',
  'scripts/image/healthcheck.ts',
  'scripts/migrate.ts',
  'scripts/reconcile-assets.ts',
  'scripts/rerender-articles.ts',
];

/** The files of ours in the images, by what the Dockerfile copies and .dockerignore lets through. */
export const imageFiles = (read: ReadText): readonly string[] => {
  const isSent = sentToBuild(read('.dockerignore'));
  return ['package.json', ...['migrations', 'scripts', 'src'].flatMap(folder => filesBelow(folder))].filter(
    isSent,
  );
};

const filesBelow = (folder: string): string[] =>
  globSync(`${folder}/**/*`, { cwd: projectRoot, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => `${entry.parentPath}/${entry.name}`.slice(projectRoot.length + 1));

/** Nothing of these may ever reach a build. */
const PRIVATE = [
  '.env',
  'production.env',
  '.git/config',
  '.local/secrets/session-secret',
  '.tools/bin/node',
  'node_modules/pg/package.json',
  'test/support/database.ts',
  '.aws/deploy.config.yml',
];

/** What the images lack, and what they hold for nothing. */
export const imageFileFindings = (read: ReadText): readonly string[] => {
  const isSent = sentToBuild(read('.dockerignore'));
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
  const { files, packages, missing } = importGraph(ENTRIES, read);
  const unused = imageFiles(read).filter(
    file => file.startsWith('scripts/') && file.endsWith('.ts') && !files.has(file),
  );
  return [
    ...PRIVATE.filter(isSent).map(path => `.dockerignore: ${path} would be sent to the build`),
    ...[...files]
      .filter(file => !isSent(file))
      .map(file => `.dockerignore: ${file} is kept out, and an image loads it`),
    ...[...missing].map(([file, importer]) => `${importer}: loads ${file}, which is not there`),
    ...[...packages]
      .filter(([name]) => !(name in dependencies))
      .map(([name, file]) => `${file}: loads ${name}, which is installed for development only`),
    ...unused.map(file => `.dockerignore: ${file} is let in, and nothing in an image loads it`),
  ];
};
