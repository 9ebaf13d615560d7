import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cliInput, type Json, type Rendered } from '../../aws/render.ts';

/** A port that answers nobody. Input is checked before anything is sent, so nothing gets further than this. */
const NOWHERE = 'http://127.0.0.1:9';
const AT_ONCE = 3;

// `--generate-cli-skeleton output` would do it without an address, but stumbles over its own example answers: those of
// create-service, create-role and put-lifecycle-policy do not keep the limits of their fields.
const ask = (service: string, operation: string, input: string): Promise<string> =>
  new Promise(resolve => {
    execFile(
      'aws',
      [service, operation, '--cli-input-json', `file://${input}`, '--endpoint-url', NOWHERE],
      {
        timeout: 60_000,
        env: {
          PATH: process.env.PATH,
          HOME: '/nonexistent',
          AWS_ACCESS_KEY_ID: 'none',
          AWS_SECRET_ACCESS_KEY: 'none',
          AWS_DEFAULT_REGION: 'eu-central-1',
          AWS_EC2_METADATA_DISABLED: 'true',
          AWS_MAX_ATTEMPTS: '1',
        },
      },
      (_error, _stdout, stderr) => resolve(stderr),
    );
  });

const isShapeRight = (answer: string): boolean => answer.includes('Could not connect to the endpoint URL');

/** Values of the same kind are judged alike, so one file of each form is asked about. */
const formOf = ({ operation, input }: Rendered): string =>
  `${operation} ${JSON.stringify(cliInput(input), (_key, value: unknown) => (typeof value === 'string' ? '' : value))}`;

const oneOfEachForm = (rendered: readonly Rendered[]): readonly Rendered[] => [
  ...new Map(rendered.map(one => [formOf(one), one])).values(),
];

// What is known only once something exists is added on the command line by set-up.sh; for the aws-cli it is missing.
const ADDED_LATER: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  'authorize-security-group-ingress': { GroupId: 'sg-0123456789abcdef0' },
};

/** Whether the aws-cli takes the inputs. Sends nothing anywhere. */
export const cliFindings = async (rendered: readonly Rendered[]): Promise<readonly string[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'daymark-aws-'));
  const waiting = [...oneOfEachForm(rendered).entries()];
  const findings: string[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, { path, service, operation, input }] = next;
      const file = join(folder, `${index}.json`);
      writeFileSync(file, JSON.stringify(cliInput({ ...input, ...ADDED_LATER[operation] })));
      const answer = await ask(service, operation, file);
      if (!isShapeRight(answer)) findings.push(`${path}: ${answer.trim().replaceAll(/\s*\n\s*/g, ' ')}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return findings.sort();
};
