import { generateKeyPairSync } from 'node:crypto';
import { InvalidConfiguration } from '../../../src/environment.ts';
import { readConfiguration, readDatabaseUrl } from '../../../src/configuration.ts';
import { readBackupSettings } from '../../backup/settings.ts';
import type { Rule } from './deployment.ts';
import type { TaskDefinition } from './shapes.ts';

const signingKey = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).privateKey;

/** Every secret there is, with a value that its reader accepts. What is not among them is no secret of ours. */
const SECRETS: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgres://daymark:secret@172.17.0.1:5432/daymark',
  REDIS_URL: 'redis://:secret@172.17.0.1:6379',
  SESSION_SECRET: 's'.repeat(32),
  PASSWORD_PEPPER: `1:${'p'.repeat(32)}`,
  SIGNING_KEYS: signingKey,
  SMTP_URL: 'smtps://user:secret@mail.example.org',
  METRICS_TOKEN: 'm'.repeat(16),
  BACKUP_AGE_IDENTITY: 'AGE-SECRET-KEY-1EXAMPLE',
  BACKUP_HEARTBEAT_URL: 'https://heartbeat.example.org/1',
  // Of images that are not ours.
  POSTGRES_PASSWORD: 'secret',
  DATABASE_PASSWORD: 'secret',
  REDIS_PASSWORD: 'secret',
};

// The variables that the images of others read, and ours that only scripts/aws and Node know.
const OTHERS = ['FIRST_START', 'STATIC', 'MIDDLEWARES', 'TLS', 'TRANSPORTS', 'NODE_OPTIONS'];

type Reader = (environment: NodeJS.ProcessEnv) => unknown;

const READERS: Readonly<Record<string, Reader>> = {
  api: readConfiguration,
  worker: readConfiguration,
  migrate: readDatabaseUrl,
  backup: readBackupSettings,
  restore: readBackupSettings,
  'restore-drill': readBackupSettings,
};

const problemsOf = (read: Reader, environment: NodeJS.ProcessEnv): readonly string[] => {
  try {
    read(environment);
    return [];
  } catch (error) {
    if (error instanceof InvalidConfiguration) return error.problems;
    throw error;
  }
};

const inOne = (name: string, task: TaskDefinition, isRead: (variable: string) => boolean): string[] => {
  const file = `register-task-definition.${name}.json`;
  const { environment, secrets } = task.containerDefinitions[0];
  const findings: string[] = [];
  for (const { name: variable, value } of environment) {
    if (SECRETS[variable] !== undefined)
      findings.push(`${file}: ${variable} is a secret: it belongs to \`secrets\``);
    else if (!isRead(variable) && !OTHERS.includes(variable))
      findings.push(`${file}: nothing reads ${variable}`);
    if (/-----BEGIN|AGE-SECRET-KEY-|\bAKIA[A-Z0-9]{16}\b|:\/\/[^/\s]*:[^/\s]*@/.test(value))
      findings.push(`${file}: the value of ${variable} holds a secret`);
  }
  for (const { name: variable } of secrets)
    if (SECRETS[variable] === undefined) findings.push(`${file}: nothing reads the secret ${variable}`);
  const twice = [...environment, ...secrets].map(one => one.name);
  for (const variable of new Set(twice.filter((one, index) => twice.indexOf(one) !== index)))
    findings.push(`${file}: ${variable} is there twice`);

  const given = Object.fromEntries([
    ...environment.map(({ name: variable, value }) => [variable, value] as const),
    ...secrets.map(({ name: variable }) => [variable, SECRETS[variable]] as const),
  ]);
  const read = READERS[name];
  const missing = read === undefined ? [] : problemsOf(read, given);
  return [...findings, ...missing.map(problem => `${file}: ${problem}`)];
};

/** Programs start with what they are given, and secrets come from SSM alone. */
export const variables =
  (isRead: (variable: string) => boolean): Rule =>
  ({ tasks }) =>
    [...tasks].flatMap(([name, task]) => inOne(name, task, isRead));
