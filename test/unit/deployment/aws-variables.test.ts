import { expectToBeFound, SERVER, SECRETS, task, policy } from './aws-planted.ts';
import type { Mistake } from './planted.ts';

const secret = (name: string) =>
  `{ "name": "${name}", "valueFrom": "arn:aws:ssm:\${REGION}:\${ACCOUNT}:parameter/\${NAME}/${name}" }`;

const MISTAKES: readonly Mistake[] = [
  ['a secret in plain sight', task('migrate'), '"NODE_ENV"', '"DATABASE_URL"', 'DATABASE_URL is a secret'],
  [
    'a password in a value',
    SERVER,
    'https://${DOMAIN}',
    'https://admin:hunter2@${DOMAIN}',
    'the value of PUBLIC_URL holds a secret',
  ],
  ['a variable that nothing reads', SERVER, 'DRAIN_DELAY', 'DRAIN_TIME', 'nothing reads DRAIN_TIME'],
  [
    'a secret that nothing reads',
    SECRETS,
    '"SESSION_SECRET"',
    '"SESSION_SECRETS"',
    'nothing reads the secret SESSION_SECRETS',
  ],
  [
    'a secret that is missing',
    SECRETS,
    /\{\s*"name": "SESSION_SECRET",.*\n.*\n\s*\},/,
    '',
    'SESSION_SECRET is required in production',
  ],
  ['plain HTTP', SERVER, 'https://${DOMAIN}', 'http://${DOMAIN}', 'PUBLIC_URL: must begin with https://'],
  [
    'a backup without a bucket',
    '.aws/parts/backup-environment.json',
    '"BACKUP_S3_BUCKET"',
    '"SMTP_URL"',
    'BACKUP_S3_BUCKET is required',
  ],
  ['a variable twice', SERVER, '"WORKER"', '"PORT"', 'PORT is there twice'],
  [
    'a secret under another name',
    SECRETS,
    'parameter/${NAME}/REDIS_URL',
    'parameter/${NAME}/REDIS',
    'REDIS_URL is not arn:',
  ],
  [
    'a secret that the role cannot read',
    policy('worker-execution'),
    /"[^"]*SMTP_URL",?/,
    '',
    'cannot read arn:',
  ],
  [
    'a secret too many',
    task('migrate'),
    /"secrets": \[/,
    `"secrets": [${secret('SMTP_URL')},`,
    'SMTP_URL, which migrate needs',
  ],
  [
    'a role that reads too much',
    policy('migrate-execution'),
    /(?<="Resource": \[)/,
    '"arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/${NAME}/SIGNING_KEYS",',
    'which migrate does not need',
  ],
];

test.each(MISTAKES)('it is found: %s', expectToBeFound);
