import { execFile } from 'node:child_process';

/** What the aws-cli said no to. Its words are for a person; they hold no secret of ours. */
export class AwsFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AwsFailure';
  }
}

const LONGEST_CALL_MS = 60_000;

/**
 * One command of the aws-cli, and its answer. It retries what is worth retrying by itself.
 * @throws {AwsFailure} also when it does not end within a minute.
 */
export const aws = (...words: readonly string[]): Promise<unknown> =>
  new Promise((resolve, reject) => {
    execFile(
      'aws',
      [...words, '--output', 'json'],
      {
        timeout: LONGEST_CALL_MS,
        maxBuffer: 16_000_000,
        env: { ...process.env, AWS_PAGER: '', AWS_RETRY_MODE: 'standard', AWS_MAX_ATTEMPTS: '5' },
      },
      (error, stdout, stderr) => {
        const call = `aws ${words.slice(0, 2).join(' ')}`;
        if (error !== null) {
          const why = error.killed === true ? 'no answer within a minute' : stderr.trim() || error.message;
          reject(new AwsFailure(`${call}: ${why}`));
          return;
        }
        try {
          resolve(stdout.trim() === '' ? null : JSON.parse(stdout));
        } catch {
          reject(new AwsFailure(`${call}: the answer is no JSON`));
        }
      },
    );
  });
