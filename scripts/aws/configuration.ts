import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { bucketName, regionName } from '../../src/environment.ts';
import { projectRoot } from '../services/project.ts';
import { INSTANCES } from './instances.ts';

const DIGEST = '@sha256:[0-9a-f]{64}';

const image = z
  .string()
  .regex(new RegExp(`^[a-z0-9./-]+(:[A-Za-z0-9._-]+)?${DIGEST}$`), 'must end with the digest of an image');

const schedule = z.string().regex(/^cron\(\S+ \S+ \S+ \S+ \S+ \S+\)$/, 'must be cron(...) with six fields');

const id = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), `must begin with ${prefix}-`);

/** `.aws/deploy.config.yml` says what each field is for. */
const configurationShape = z.strictObject({
  // Bounded, because the longest name made of it is one of a role, and those end at 64 characters.
  name: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/, 'must be lower-case letters, digits and dashes'),
  account: z.string().regex(/^\d{12}$/, 'must be 12 digits, in quotes'),
  region: regionName,
  availability_zone: z.string(),
  vpc: id('vpc'),
  subnet: id('subnet'),
  domain: z.string().regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, 'must be the name of a host'),
  certificate_resolver: z.enum(['letsencrypt', 'letsencrypt-staging']),
  mail_from: z.string().min(3),
  registration: z.enum(['open', 'allowlist', 'closed']),
  registration_allowlist: z.string(),
  assets_bucket: bucketName,
  backup_bucket: bucketName,
  backup_age_recipients: z.string(),
  heartbeat: z.enum(['on', 'off']),
  backup_schedule: schedule,
  drill_schedule: schedule,
  schedule_time_zone: z.string().min(1),
  github_repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'must be OWNER/REPOSITORY'),
  instance_type: z.enum(Object.keys(INSTANCES) as [keyof typeof INSTANCES]),
  data_volume_gib: z.number().int().min(8).max(16_384),
  // The only periods that CloudWatch knows, up to a year.
  log_retention_days: z.literal([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365]),
  postgres_image: image,
  redis_image: image,
  traefik_image: image,
});

/** What the pipeline adds for one release. */
const releaseShape = z.strictObject({
  image,
  backup_image: image,
  revision: z.string().regex(/^[0-9a-f]{40}$/, 'must be a commit'),
});

export type AwsConfiguration = z.infer<typeof configurationShape>;
export type Release = z.infer<typeof releaseShape>;

const AWS_FOLDER = join(projectRoot, '.aws');

export class InvalidDeployment extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'InvalidDeployment';
  }
}

const checked = <Shape extends z.ZodType>(shape: Shape, value: unknown, place: string): z.infer<Shape> => {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidDeployment(
    parsed.error.issues.map(({ path, message }) => `${place}: ${path.join('.')}: ${message}`),
  );
};

/** @throws {InvalidDeployment} listing every problem at once. */
export const parseAwsConfiguration = (text: string, place = 'deploy.config.yml'): AwsConfiguration => {
  const document = parseDocument(text);
  if (document.errors.length > 0)
    throw new InvalidDeployment(document.errors.map(({ message }) => `${place}: ${message}`));
  const found = checked(configurationShape, document.toJS(), place);
  const problems: string[] = [];
  if (!found.availability_zone.startsWith(found.region))
    problems.push(`${place}: availability_zone: must be one of ${found.region}`);
  if (found.assets_bucket === found.backup_bucket)
    problems.push(`${place}: backup_bucket: must not be the bucket of images, which the API may write`);
  if (problems.length > 0) throw new InvalidDeployment(problems);
  return found;
};

export const readAwsConfiguration = (path = join(AWS_FOLDER, 'deploy.config.yml')): AwsConfiguration =>
  parseAwsConfiguration(readFileSync(path, 'utf8'), path);

const EXAMPLE_ACCOUNT = '123456789012';

/**
 * Nothing is set up or deployed with the values that this repository comes with.
 * @throws {InvalidDeployment}
 */
export const refuseExample = ({ account }: AwsConfiguration): void => {
  if (account === EXAMPLE_ACCOUNT)
    throw new InvalidDeployment(['.aws/deploy.config.yml still has the values of the example.']);
};

/** @throws {InvalidDeployment} */
export const parseRelease = (value: unknown): Release => checked(releaseShape, value, 'release');

/** Stands in for a release where only the shape of things counts: a check, a set-up before the first image. */
export const exampleRelease = ({ name, account, region }: AwsConfiguration): Release => {
  const repository = `${account}.dkr.ecr.${region}.amazonaws.com/${name}`;
  return {
    image: `${repository}@sha256:${'0'.repeat(64)}`,
    backup_image: `${repository}@sha256:${'1'.repeat(64)}`,
    revision: '0'.repeat(40),
  };
};
