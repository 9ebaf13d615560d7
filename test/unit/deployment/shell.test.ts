import { shellFindings, shellScripts } from '../../../scripts/checks/shell.ts';
import { projectText } from '../../../scripts/checks/project-text.ts';
import { type Mistake, projectWith } from './planted.ts';

const MISTAKES: readonly Mistake[] = [
  ['a variable that falls apart', '.ci/run', 'rm -f "$results"', 'rm -rf $(ls $results)/*', 'SC2115'],
  ['a folder that may not be there', '.ci/run', ' || exit 1', '', 'SC2164'],
  ['a test that is always true', '.githooks/pre-commit', 'exec', '[ "staged" ] && exec', 'SC2078'],
  ['bash in a plain shell', 'scripts/bootstrap.sh', 'set -eu', 'set -euo pipefail', 'SC3040'],
  ['a quote that does not end', 'scripts/aws/find-image.sh', 'exit 66', "exit '66", 'error:'],
];

test('nothing is wrong with the shell scripts', () => {
  expect(shellFindings(projectText)).toEqual([]);
});

test('every kind of shell script is looked at', () => {
  expect(shellScripts()).toEqual(
    expect.arrayContaining([
      '.ci/run',
      '.githooks/pre-commit',
      'scripts/bootstrap.sh',
      '.aws/parts/user-data.sh',
    ]),
  );
});

test.each(MISTAKES)('it is found: %s', (...mistake) => {
  const [, path, , , finding] = mistake;

  const findings = shellFindings(projectWith(mistake));

  expect(findings.join('\n')).toContain(finding);
  expect(findings.every(line => line.startsWith(`${path}:`))).toBe(true);
});
