import { sentToBuild } from '../../../scripts/checks/image/docker-ignore.ts';
import { imageFindings } from '../../../scripts/checks/image.ts';
import { projectText } from '../../../scripts/checks/project-text.ts';
import { projectWith, type Mistake } from './planted.ts';

const DOCKERFILE = 'Dockerfile';
const IGNORE = '.dockerignore';
const SERVER_USER = /USER 1000:1000\nSTOPSIGNAL SIGTERM\n# Ready/;

const MISTAKES: readonly Mistake[] = [
  [
    'a misspelt instruction',
    DOCKERFILE,
    'STOPSIGNAL SIGTERM',
    'STOPSIGNL SIGTERM',
    'Unknown instruction: STOPSIGNL',
  ],
  ['an unknown option', DOCKERFILE, '--start-period=60s', '--start-time=60s', 'start-time'],
  ['a relative folder', DOCKERFILE, /WORKDIR \/app\n# A new/, 'WORKDIR app\n# A new', 'WORKDIR'],
  ['root', DOCKERFILE, SERVER_USER, 'USER 0\nSTOPSIGNAL SIGTERM\n# Ready', 'server runs as 0'],
  [
    'a user by name',
    DOCKERFILE,
    SERVER_USER,
    'USER node\nSTOPSIGNAL SIGTERM\n# Ready',
    'server runs as node',
  ],
  ['no user', DOCKERFILE, SERVER_USER, 'STOPSIGNAL SIGTERM\n# Ready', 'server runs as root'],
  [
    'root for the backup',
    DOCKERFILE,
    'USER 1000:1000\n# Postgres',
    'USER postgres\n# Postgres',
    'backup runs as postgres',
  ],
  ['no health check', DOCKERFILE, /HEALTHCHECK --[^]*?\.ts"\]\n/, '', 'server has no HEALTHCHECK'],
  [
    'a health check in a shell',
    DOCKERFILE,
    'CMD ["node", "scripts/image/healthcheck.ts"]',
    'CMD curl -f http://localhost:3000/healthz',
    'HEALTHCHECK that is not node in exec form',
  ],
  [
    'a command in a shell',
    DOCKERFILE,
    /CMD \["node", "--max[^\n]*/,
    'CMD node src/main.ts',
    'server does not begin with node in exec form',
  ],
  [
    'npm as the first process',
    DOCKERFILE,
    /CMD \["node", "--max[^\n]*/,
    'CMD ["npm", "start"]',
    'server does not begin with node',
  ],
  [
    'the signal of Postgres for the backup',
    DOCKERFILE,
    'STOPSIGNAL SIGTERM\n# It runs',
    'STOPSIGNAL SIGINT\n# It runs',
    'backup is not stopped by SIGTERM',
  ],
  ['ADD', DOCKERFILE, 'COPY src ./src', 'ADD src ./src', 'has an ADD'],
  ['the latest of something', DOCKERFILE, 'debian:12.13-slim', 'debian:latest', 'not pinned'],
  ['a line of releases', DOCKERFILE, 'debian:12.13-slim', 'debian:bookworm-slim', 'not pinned'],
  ['no tag', DOCKERFILE, 'debian:12.13-slim', 'debian', 'not pinned'],
  [
    'a secret given at build time',
    DOCKERFILE,
    'EXPOSE 3000',
    'ARG SESSION_SECRET\nEXPOSE 3000',
    'a secret in a layer: ARG SESSION_SECRET',
  ],
  [
    'a secret in the environment',
    DOCKERFILE,
    'EXPOSE 3000',
    'ENV NPM_TOKEN=abc\nEXPOSE 3000',
    'a secret in a layer: ENV NPM_TOKEN',
  ],
  ['install scripts that run', DOCKERFILE, ' --ignore-scripts', '', 'without --ignore-scripts'],
  ['development packages', DOCKERFILE, ' --omit=dev', '', 'without --omit=dev'],
  ['packages beside the lock file', DOCKERFILE, 'npm ci', 'npm install', 'without npm ci'],
  ['another Node', DOCKERFILE, 'node:26.10.0-', 'node:24.21.0-', '.node-version says 26.10.0'],
  ['a newer Node for development only', '.node-version', '26.10.0', '26.11.0', '.node-version says 26.11.0'],
  [
    'older tools than the server',
    DOCKERFILE,
    'postgres:18.4-',
    'postgres:17.6-',
    'backup has the tools of postgres:17.6-bookworm',
  ],
  [
    'a newer server than the tools',
    'compose.production.yml',
    'postgres:18.4-bookworm',
    'postgres:19.0-bookworm',
    'compose.production.yml runs postgres:19.0',
  ],
  ['another last stage', DOCKERFILE, 'AS server', 'AS web', 'the last stage'],
  [
    'development mode',
    DOCKERFILE,
    'ENV NODE_ENV=production HOST',
    'ENV HOST',
    'server does not set NODE_ENV=production',
  ],
  [
    'an address nobody can reach',
    DOCKERFILE,
    'HOST=0.0.0.0',
    'HOST=127.0.0.1',
    'server does not set HOST=0.0.0.0',
  ],
  ['no stage for the backup', DOCKERFILE, 'AS backup', 'AS tools', 'there is no stage backup'],
  ['everything let in', IGNORE, /^\*$/m, '', '.env would be sent to the build'],
  ['the checkout’s history let in', IGNORE, '!src', '!src\n!.git', '.git/config would be sent to the build'],
  [
    'an image without migrations',
    IGNORE,
    '!scripts/migrations',
    '',
    'scripts/migrations/migrator.ts is kept out, and an image loads it',
  ],
  ['tests in the image', IGNORE, '!src', '!src\n!test', 'test/support/database.ts would be sent'],
  [
    'a script that nothing runs',
    IGNORE,
    '!src',
    '!src\n!scripts/demo-user.ts',
    'scripts/demo-user.ts is let in, and nothing in an image loads it',
  ],
  [
    'a package for development',
    'package.json',
    '"redis": "6.3.1",',
    '',
    'loads redis, which is installed for development only',
  ],
  [
    'an import of what is not there',
    'src/main.ts',
    './container.ts',
    './gone.ts',
    'src/main.ts: loads src/gone.ts, which is not there',
  ],
];

test('the images are made without a mistake', () => {
  expect(imageFindings(projectText)).toEqual([]);
});

test.each(MISTAKES)('%s is found', (...mistake) => {
  const finding = mistake[4];

  expect(imageFindings(projectWith(mistake))).toContainEqual(expect.stringContaining(finding));
});

describe('.dockerignore', () => {
  const sent = sentToBuild('# all\n*\n!src\nsrc/**/*.md\n!package?.json\n!/docs/\ndocs/*.txt');

  test.each(['src/main.ts', 'src/a/b.ts', 'package1.json', 'docs/a.md', 'docs/a/b.txt'])(
    '%s is sent',
    path => {
      expect(sent(path)).toBe(true);
    },
  );

  test.each(['.env', 'README.md', 'src/a/b.md', 'src/b.md', 'package.json', 'docs/a.txt'])(
    '%s is not',
    path => {
      expect(sent(path)).toBe(false);
    },
  );
});
