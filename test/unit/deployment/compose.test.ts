import { composeFindings } from '../../../scripts/checks/compose.ts';
import { interpolate } from '../../../scripts/checks/compose/interpolation.ts';
import { projectText } from '../../../scripts/checks/project-text.ts';
import { projectWith, type Mistake } from './planted.ts';

const COMPOSE = 'compose.production.yml';
const EXAMPLE = 'production.env.example';

const MISTAKES: readonly Mistake[] = [
  [
    'the name of the development databases',
    COMPOSE,
    'name: daymark-production',
    'name: daymark',
    'has the project name of docker-compose.yml',
  ],
  [
    'a misspelt key',
    COMPOSE,
    'mem_limit: 192m',
    'memory_limit: 192m',
    'services.traefik: Unrecognized key: "memory_limit"',
  ],
  ['a misspelt part of the file', COMPOSE, /^networks:/m, 'network:', 'networks'],
  [
    'an unknown part of the file',
    COMPOSE,
    /^configs:/m,
    'secrets: {}\nconfigs:',
    'Unrecognized key: "secrets"',
  ],
  ['a key that stands twice', COMPOSE, 'mem_limit: 192m', 'mem_limit: 192m\n    mem_limit: 2g', 'unique'],
  [
    'a number that YAML makes of a text',
    COMPOSE,
    "TRUSTED_PROXIES: '1'",
    'TRUSTED_PROXIES: 1',
    'must be a text in quotes',
  ],
  [
    'a truth that YAML makes of a text',
    COMPOSE,
    "traefik.enable: 'true'",
    'traefik.enable: true',
    'must be a text in quotes',
  ],
  [
    'a root file system that can be written to',
    COMPOSE,
    'read_only: true',
    'read_only: false',
    'api can write to its root file system',
  ],
  [
    'one that one service may write to',
    COMPOSE,
    "user: '999:999'",
    "user: '999:999'\n    read_only: false",
    'postgres can write',
  ],
  ['capabilities', COMPOSE, 'cap_drop: [ALL]', 'cap_drop: [NET_RAW]', 'redis keeps capabilities'],
  [
    'privileges to gain',
    COMPOSE,
    'no-new-privileges:true',
    'no-new-privileges:false',
    'traefik may gain privileges',
  ],
  ['no init', COMPOSE, 'init: true', 'init: false', 'worker has no init'],
  ['no memory limit', COMPOSE, '    mem_limit: 1g\n', '', 'postgres may take all memory'],
  ['no limit of processes', COMPOSE, '  pids_limit: 200\n', '', 'api may start any number of processes'],
  ['logs without an end', COMPOSE, /  logging:\n.*\n.*\n/, '', 'api may fill the disk'],
  [
    'a service that stays down',
    COMPOSE,
    'restart: unless-stopped',
    "restart: 'no'",
    'redis is not started again',
  ],
  [
    'a migration that starts again and again',
    COMPOSE,
    "up]\n    restart: 'no'",
    'up]',
    'migrate runs once and is started again',
  ],
  ['root', COMPOSE, "    user: '999:999'\n    mem_limit: 1g", '    mem_limit: 1g', 'postgres runs as root'],
  [
    'the latest image',
    COMPOSE,
    'traefik:v3.7.9',
    'traefik:latest',
    'traefik has an image that is not pinned',
  ],
  ['a line of images', COMPOSE, 'redis:8.2.3-bookworm', 'redis:8', 'redis has an image that is not pinned'],
  [
    'nobody asking Redis',
    COMPOSE,
    /    healthcheck:\n      test: \[CMD, redis-cli[^]*?retries: 5\n/,
    '',
    'redis is not asked whether it is well',
  ],
  [
    'nobody asking the database',
    COMPOSE,
    /    healthcheck:\n      # Over TCP[^]*?start_period: 60s\n/,
    '    healthcheck: { disable: true }\n',
    'postgres is not asked',
  ],
  [
    'the server’s question put to the worker',
    COMPOSE,
    /    # It has no port[^\n]*\n    healthcheck: [^\n]*\n/,
    '',
    'worker is not asked',
  ],
  [
    'a published database',
    COMPOSE,
    "user: '999:999'",
    "user: '999:999'\n    ports: ['5432:5432']",
    'postgres publishes 5432:5432',
  ],
  [
    'the old port of the dashboard',
    COMPOSE,
    "'443:443']",
    "'443:443', '8080:8080']",
    'traefik publishes 80:80,443:443,8080:8080',
  ],
  [
    'the database on the edge',
    COMPOSE,
    "'/var/run/postgresql']\n    networks: [data]",
    "'/var/run/postgresql']\n    networks: [data, edge]",
    'postgres is on data,edge',
  ],
  [
    'Traefik beside the database',
    COMPOSE,
    'networks: [edge, docker-api]',
    'networks: [edge, docker-api, data]',
    'traefik is on data,docker-api,edge',
  ],
  [
    'the worker on the edge',
    COMPOSE,
    'src/worker.ts]\n    networks: [outside, data]',
    'src/worker.ts]\n    networks: [edge, data]',
    'worker is on edge',
  ],
  [
    'the API beside Docker',
    COMPOSE,
    'networks: [edge, data]',
    'networks: [edge, data, docker-api]',
    'api is on docker-api',
  ],
  [
    'a data network with a way out',
    COMPOSE,
    'internal: true',
    'internal: false',
    'the network data is not internal',
  ],
  [
    'Docker’s socket in Traefik',
    COMPOSE,
    '- /var/lib/daymark/acme:/acme',
    '- /var/lib/daymark/acme:/acme\n      - /var/run/docker.sock:/var/run/docker.sock:ro',
    "traefik has Docker's socket",
  ],
  ['a socket to write to', COMPOSE, 'docker.sock:ro', 'docker.sock', "socket-proxy has Docker's socket"],
  [
    'a socket proxy that lets everything through',
    COMPOSE,
    '-allowHEAD=/_ping',
    '-allowPOST=.*',
    'lets through more than reading (-allowPOST',
  ],
  [
    'a socket proxy that lets all reading through',
    COMPOSE,
    /-allowGET=\S+/,
    '-allowGET=.*',
    'lets through more than reading (-allowGET',
  ],
  ['a network nobody made', COMPOSE, /^  outside: \{\}$/m, '', 'there is no network outside'],
  ['a volume nobody made', COMPOSE, /^  redis: \{\}$/m, '', 'there is no volume redis'],
  [
    'a volume nobody uses',
    COMPOSE,
    /^  redis: \{\}$/m,
    '  redis: {}\n  cache: {}',
    'nobody uses the volume cache',
  ],
  [
    'a service nobody made',
    COMPOSE,
    'migrate: { condition',
    'migration: { condition',
    'there is no service migration',
  ],
  [
    'data where 17 kept them',
    COMPOSE,
    'postgres:/var/lib/postgresql',
    'postgres:/var/lib/postgresql/data',
    'postgres 18 keeps its data',
  ],
  [
    'Redis without a volume',
    COMPOSE,
    '- redis:/data',
    '- redis:/var/lib/redis',
    'redis keeps its data in /data',
  ],
  ['Redis that forgets', COMPOSE, '- noeviction', '- allkeys-lru', 'without --maxmemory-policy noeviction'],
  [
    'Redis that writes nothing down',
    COMPOSE,
    "- --appendonly\n      - 'yes'",
    "- --appendonly\n      - 'no'",
    'without --appendonly yes',
  ],
  [
    'images that one replica keeps for itself',
    COMPOSE,
    '- data:/data',
    '- ./data:/data',
    'api has no volume at /data',
  ],
  ['one replica', COMPOSE, 'replicas: 2', 'replicas: 1', 'api has one replica'],
  [
    'an API that does not wait',
    COMPOSE,
    'migrate: { condition: service_completed_successfully }',
    'migrate: { condition: service_healthy }',
    'api does not wait for migrate',
  ],
  [
    'replicas that are killed while they drain',
    COMPOSE,
    'stop_grace_period: 50s',
    'stop_grace_period: 45s',
    'api is killed before it has drained (15 + 30 s)',
  ],
  [
    'a worker that is killed',
    COMPOSE,
    /(src\/worker[^]*?)stop_grace_period: 35s/,
    'src/worker.ts]\n    networks: [outside, data]\n    environment:\n      <<: *server-environment\n    healthcheck: { disable: true }\n    stop_grace_period: 30s',
    'worker is killed before it has finished',
  ],
  [
    'any number of proxies',
    COMPOSE,
    "TRUSTED_PROXIES: '1'",
    "TRUSTED_PROXIES: '2'",
    'api does not trust exactly one proxy',
  ],
  ['two workers', COMPOSE, "WORKER: 'off'", 'WORKER: inline', 'api does the work of the worker too'],
  ['a misspelt variable', COMPOSE, 'MAIL_FROM: ', 'MAIL_SENDER: ', 'nothing reads MAIL_SENDER'],
  [
    'a missing variable',
    COMPOSE,
    '  SMTP_URL: ${SMTP_URL:?}\n',
    '',
    'api: SMTP_URL is required in production',
  ],
  [
    'a value that is refused',
    COMPOSE,
    'PASSWORD_MIN_LENGTH:-12',
    'PASSWORD_MIN_LENGTH:-4',
    'PASSWORD_MIN_LENGTH: must be a whole number from 8 to 64',
  ],
  [
    'a public URL without TLS',
    COMPOSE,
    'https://${DOMAIN:?}',
    'http://${DOMAIN:?}',
    'PUBLIC_URL: must begin with https://',
  ],
  [
    'a backup without a bucket',
    COMPOSE,
    '  BACKUP_S3_BUCKET: ${BACKUP_S3_BUCKET:?}\n',
    '',
    'backup: BACKUP_S3_BUCKET is required in production',
  ],
  [
    'a backup prefix that is refused',
    COMPOSE,
    'BACKUP_PREFIX:-daymark/',
    'BACKUP_PREFIX:-daymark',
    'backup: BACKUP_PREFIX: must be like daymark/',
  ],
  ['a variable the admin is not told of', EXAMPLE, '# LOG_LEVEL=info\n', '', 'LOG_LEVEL is missing'],
  [
    'a secret that the backup has no use for',
    COMPOSE,
    '      BACKUP_AGE_IDENTITY:',
    '      SESSION_SECRET: ${SESSION_SECRET:?}\n      BACKUP_AGE_IDENTITY:',
    'restore: nothing reads SESSION_SECRET',
  ],
  [
    'a variable nobody asks for',
    EXAMPLE,
    'SMTP_URL=\n',
    'SMTP_URL=\nSMTP_PORT=\n',
    'does not ask for SMTP_PORT',
  ],
  [
    'a required variable that looks optional',
    EXAMPLE,
    '\nSMTP_URL=',
    '\n# SMTP_URL=',
    'SMTP_URL has to be filled in',
  ],
  [
    'another default than the real one',
    EXAMPLE,
    '# REGISTRATION=open',
    '# REGISTRATION=closed',
    'REGISTRATION=closed is not the default',
  ],
  ['secrets that can be committed', '.gitignore', 'production.env\n', '', 'could be committed'],
];

test('the deployment on one host has no mistake', () => {
  expect(composeFindings(projectText)).toEqual([]);
});

test.each(MISTAKES)('%s is found', (...mistake) => {
  const finding = mistake[4];

  expect(composeFindings(projectWith(mistake))).toContainEqual(expect.stringContaining(finding));
});

test('variables are put in as Compose does it', () => {
  const text = '${A} ${B:-two} ${C:?} ${D:-} $$A ${E:-five}';

  expect(interpolate(text, { A: '1', C: '3', E: '' })).toBe('1 two 3  $A five');
});
