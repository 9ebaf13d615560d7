import { awsFindings, hasAwsCli } from '../../../scripts/checks/aws.ts';
import { cliFindings } from '../../../scripts/checks/aws/cli-shapes.ts';
import { projectText } from '../../../scripts/checks/project-text.ts';
import { CONFIG, service, task } from './aws-planted.ts';
import { type Mistake, projectWith } from './planted.ts';

test('nothing is wrong with .aws', () => {
  expect(awsFindings(projectText).findings).toEqual([]);
});

test('with age recipients the drill gets its identity, without them it does not', () => {
  const secretsOfDrill = (read: typeof projectText) =>
    awsFindings(read)
      .deployment?.tasks.get('restore-drill')
      ?.containerDefinitions[0].secrets.map(({ name }) => name);
  const encrypted = projectWith([
    '',
    CONFIG,
    "backup_age_recipients: ''",
    'backup_age_recipients: age1x',
    '',
  ]);

  expect(secretsOfDrill(projectText)).toEqual(['DATABASE_URL']);
  expect(secretsOfDrill(encrypted)).toEqual(['DATABASE_URL', 'BACKUP_AGE_IDENTITY']);
});

test.each(Object.keys({ 't4g.medium': 0, 't4g.large': 0, 'm7g.large': 0 }))(
  'all of it fits on a %s',
  type => {
    const larger = projectWith(['', CONFIG, 't4g.small', type, '']);

    expect(awsFindings(larger).findings).toEqual([]);
  },
);

const REFUSED: readonly Mistake[] = [
  [
    'an unknown field',
    task('worker'),
    '"family"',
    '"families": "x", "family"',
    'Unknown parameter in input: "families"',
  ],
  [
    'another type',
    service('worker'),
    '"desiredCount": 1',
    '"desiredCount": "one"',
    'Invalid type for parameter desiredCount',
  ],
  [
    'a missing field',
    '.aws/s3api/put-bucket-versioning.assets.json',
    '"Bucket"',
    '"Buckets"',
    'Missing required parameter',
  ],
];

test.each(REFUSED)('the aws-cli refuses %s', async (...mistake) => {
  if (!hasAwsCli()) {
    process.stderr.write('There is no aws-cli here: nobody was asked.\n');
    return;
  }
  const [, path, , , finding] = mistake;
  const rendered = awsFindings(projectText).deployment?.rendered ?? [];
  const text = projectWith(mistake)(path);
  const original = rendered.find(one => path === `.aws/${one.path}`)!;

  const findings = await cliFindings([{ ...original, input: JSON.parse(text) }]);

  expect(findings.join('\n')).toContain(finding);
});
