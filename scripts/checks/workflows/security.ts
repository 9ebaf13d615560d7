import type { Job, Source } from './shape.ts';

const mayFetchTokens = (job: Job): boolean =>
  typeof job.permissions === 'object' && job.permissions['id-token'] === 'write';

/** Whoever moves a tag of an action runs in our pipeline; nobody moves a commit. */
const pinned = ({ path, text }: Source): string[] =>
  text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1, uses: /^\s*-?\s*uses:\s*(\S+)/.exec(line)?.[1] }))
    .filter(({ uses }) => uses !== undefined && !uses.startsWith('./'))
    .filter(({ line }) => !/uses:\s+[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+\s*$/.test(line))
    .map(
      ({ number, uses }) => `${path}:${number}: ${String(uses)} is not a commit with its version behind it`,
    );

const triggers = ({ path, workflow }: Source): string[] =>
  ['pull_request_target', 'workflow_run', 'issue_comment']
    .filter(trigger => trigger in workflow.on)
    .map(trigger => `${path}: ${trigger} runs what strangers send with our rights`);

const rights = ({ path, workflow }: Source): string[] => {
  const findings: string[] = [];
  if (JSON.stringify(workflow.permissions) !== '{"contents":"read"}')
    findings.push(`${path}: permissions at the top are not just contents: read`);
  for (const [name, job] of Object.entries(workflow.jobs)) {
    if (typeof job.permissions === 'string') findings.push(`${path}: ${name} has ${job.permissions}`);
    else
      for (const [scope, right] of Object.entries(job.permissions ?? {}))
        if (right === 'write' && scope !== 'id-token') findings.push(`${path}: ${name} may write ${scope}`);
    const entersAws = job.steps.some(step => step.uses?.startsWith('aws-actions/') === true);
    if (entersAws && job.environment !== 'production')
      findings.push(`${path}: ${name} enters AWS from outside the environment production`);
    const entersCodecov = job.steps.some(step => step.uses?.startsWith('codecov/') === true);
    if (mayFetchTokens(job) && !entersAws && !entersCodecov && job.uses === undefined)
      findings.push(`${path}: ${name} may fetch tokens for nothing`);
  }
  return findings;
};

/** What somebody wrote into a title or a branch is data for a shell, as long as it comes in a variable. */
const injections = ({ path, workflow }: Source): string[] =>
  Object.entries(workflow.jobs).flatMap(([name, { steps }]) =>
    steps
      .filter(step => step.run?.includes('${{') === true)
      .map(step => `${path}: ${name}: \${{ }} in a command (${step.name ?? String(step.run).slice(0, 40)})`),
  );

const SECRET =
  /\bAKIA[A-Z0-9]{16}\b|\bgh[pousr]_\w{20,}|-----BEGIN|aws-(access-key-id|secret-access-key)|\bsecrets\./;

const secrets = ({ path, text }: Source): string[] =>
  text
    .split('\n')
    .flatMap((line, index) =>
      SECRET.test(line) ? [`${path}:${index + 1}: a secret, where none is needed`] : [],
    );

const checkouts = ({ path, workflow }: Source): string[] =>
  Object.entries(workflow.jobs).flatMap(([name, { steps }]) =>
    steps
      .filter(step => step.uses?.startsWith('actions/checkout@') === true)
      .filter(step => step.with['persist-credentials'] !== false)
      .map(() => `${path}: ${name} leaves the token of the checkout behind`),
  );

export const security = (source: Source): string[] =>
  [pinned, triggers, rights, injections, secrets, checkouts].flatMap(rule => rule(source));
