import { generateKeyPairSync } from 'node:crypto';
import { parseEnv } from 'node:util';
import { readConfiguration } from '../../../src/configuration.ts';
import { InvalidConfiguration } from '../../../src/environment.ts';
import { readBackupSettings } from '../../backup/settings.ts';
import type { Compose, Service } from './shape.ts';
import { interpolate, variablesIn } from './interpolation.ts';
import { BACKUP_SETTINGS, SERVER_SETTINGS, variablesOf } from '../product-facts.ts';
import type { ReadText } from '../project-text.ts';

const FILE = 'compose.production.yml';
const EXAMPLE = 'production.env.example';

/** What the libraries read by themselves: the AWS client its credentials. */
const READ_BY_LIBRARIES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];

/** What an admin fills in, with values that might be theirs. */
const FILLED_IN: Readonly<Record<string, string>> = {
  DOMAIN: 'api.example.org',
  DAYMARK_IMAGE: 'daymark:1',
  DAYMARK_BACKUP_IMAGE: 'daymark-backup:1',
  DOCKER_GROUP_ID: '998',
  POSTGRES_PASSWORD: 'a'.repeat(64),
  DATABASE_PASSWORD: 'b'.repeat(64),
  SESSION_SECRET: 'c'.repeat(64),
  PASSWORD_PEPPER: `1:${'d'.repeat(64)}`,
  SMTP_URL: 'smtps://daymark:secret@mail.example.org',
  MAIL_FROM: 'Daymark <no-reply@example.org>',
  BACKUP_S3_BUCKET: 'daymark-backups',
  BACKUP_AWS_REGION: 'eu-central-1',
};

/** The environment of a service once production.env is filled in. */
export const environmentOf = ({ environment = {} }: Service): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, interpolate(value, FILLED_IN)]),
  );

/** How the servers are configured. @throws {InvalidConfiguration} */
export const configurationOf = (service: Service) => {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const environment = environmentOf(service);
  // A folder on the host, which is not this machine.
  const keys = environment.SIGNING_KEYS === undefined ? {} : { SIGNING_KEYS: privateKey };
  return readConfiguration({ ...environment, NODE_ENV: 'production', ...keys });
};

const problemsOf = (name: string, read: () => unknown): string[] => {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof InvalidConfiguration)) throw error;
    return error.problems.map(problem => `${FILE}: ${name}: ${problem}`);
  }
};

/** Variables that nobody reads, that are missing, or that the admin is not told of. */
export const environmentFindings = ({ services }: Compose, read: ReadText): string[] => {
  const ours = Object.entries(services).filter(([, { image }]) => image.includes('DAYMARK_'));
  const unknown = ours.flatMap(([name, { image, environment = {} }]) => {
    const known = variablesOf(image.includes('BACKUP') ? BACKUP_SETTINGS : SERVER_SETTINGS, read);
    return Object.keys(environment)
      .filter(variable => !known.has(variable) && !READ_BY_LIBRARIES.includes(variable))
      .map(variable => `${FILE}: ${name}: nothing reads ${variable}`);
  });
  const invalid = ours.flatMap(([name, service]) => {
    if (name === 'migrate') return [];
    if (name === 'backup' || name === 'restore')
      return problemsOf(name, () =>
        readBackupSettings({ ...environmentOf(service), NODE_ENV: 'production' }),
      );
    return problemsOf(name, () => configurationOf(service));
  });
  return [...unknown, ...invalid, ...exampleFindings(read)];
};

const exampleFindings = (read: ReadText): string[] => {
  const text = read(EXAMPLE);
  const required = parseEnv(text);
  const named = parseEnv(text.replaceAll(/^# (?=[A-Z0-9_]+=)/gm, ''));
  const asked = new Map(variablesIn(read(FILE)).map(({ name, fallback }) => [name, fallback]));
  // Where else an image may come from is for who needs it; the versions are in the file.
  const pinned = [...asked.keys()].filter(name => /_IMAGE$/.test(name) && asked.get(name) !== null);
  // Never to be written down on this host.
  const offHost = ['BACKUP_AGE_IDENTITY'];
  return [
    ...[...asked.keys()]
      .filter(name => !(name in named) && !pinned.includes(name) && !offHost.includes(name))
      .map(name => `${EXAMPLE}: ${name} is missing`),
    ...Object.keys(named)
      .filter(name => !asked.has(name))
      .map(name => `${EXAMPLE}: ${FILE} does not ask for ${name}`),
    ...[...asked]
      .filter(([name, fallback]) => fallback === null && !(name in required))
      .map(([name]) => `${EXAMPLE}: ${name} has to be filled in, and is commented out`),
    ...Object.keys(named)
      .filter(name => !(name in required) && named[name] !== '' && asked.get(name) !== named[name])
      .map(name => `${EXAMPLE}: ${name}=${named[name] ?? ''} is not the default of ${FILE}`),
    ...(read('.gitignore').split('\n').includes('production.env')
      ? []
      : ['.gitignore: production.env, which holds the secrets, could be committed']),
  ];
};
