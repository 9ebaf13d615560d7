import type { Source, Workflow } from './shape.ts';

const CHECKS = './.github/workflows/checks.yml';
/** What must have passed before anything is merged, by the command that does it. */
const NEEDED = [
  'make lint',
  'make type-check',
  'make test-unit',
  'make test-integration',
  'make test-e2e',
  'make check-deployment',
  'make coverage',
];
/** In this order, each once. */
const RELEASE_STEPS = [
  'actions/checkout@',
  'scripts/bootstrap.sh',
  'scripts/aws/workflow-values.ts',
  'aws-actions/configure-aws-credentials@',
  'docker login',
  'scripts/aws/push-image.sh',
  'scripts/deploy-aws.ts',
  'GITHUB_STEP_SUMMARY',
];

const branchesOf = (workflow: Workflow | undefined, trigger: string): unknown => {
  const found = workflow?.on[trigger];
  return typeof found === 'object' && found !== null && 'branches' in found ? found.branches : null;
};

const releaseFindings = (cd: Workflow): string[] => {
  const path = '.github/workflows/cd.yml';
  const { checks, release } = cd.jobs;
  if (release === undefined) return [`${path}: releases nothing`];
  const findings: string[] = [];
  if (!release.needs.includes('checks') || checks?.uses !== CHECKS)
    findings.push(`${path}: releases what was not checked`);
  if (release.environment !== 'production')
    findings.push(`${path}: releases outside the environment production`);

  const texts = release.steps.map(step => `${step.uses ?? ''} ${step.run ?? ''}`);
  const places = RELEASE_STEPS.map(needle => texts.findIndex(text => text.includes(needle)));
  for (const [index, needle] of RELEASE_STEPS.entries()) {
    if (places[index] === -1) findings.push(`${path}: no step with ${needle}`);
    else if (places.slice(0, index).some(place => place > (places[index] ?? 0)))
      findings.push(`${path}: ${needle} comes too early`);
  }
  const deploying = release.steps.find(step => step.run?.includes('scripts/deploy-aws.ts') === true);
  if (deploying?.run?.includes('--no-migrate') === true) findings.push(`${path}: does not migrate`);
  for (const [variable, output] of [
    ['IMAGE', 'image'],
    ['BACKUP_IMAGE', 'backup_image'],
  ] as const)
    if (deploying?.env[variable] !== `\${{ steps.build.outputs.${output} }}`)
      findings.push(`${path}: ${variable} is not what was built`);
  return findings;
};

/** What is merged and what is released went through the same checks, and a release takes its steps in order. */
export const pipeline = (sources: readonly Source[]): string[] => {
  const of = (name: string) => sources.find(({ path }) => path.endsWith(`/${name}.yml`))?.workflow;
  const [ci, cd, checks, rollback] = [of('ci'), of('cd'), of('checks'), of('rollback')];
  if (ci === undefined || cd === undefined || checks === undefined || rollback === undefined)
    return ['.github/workflows: ci, cd, checks or rollback is missing'];

  const findings: string[] = [];
  if (String(branchesOf(ci, 'pull_request')) !== 'develop')
    findings.push('.github/workflows/ci.yml: does not run for pull requests to develop');
  if (String(branchesOf(cd, 'push')) !== 'main')
    findings.push('.github/workflows/cd.yml: does not run on main');
  if (ci.jobs.checks?.uses !== CHECKS) findings.push('.github/workflows/ci.yml: does not run checks.yml');

  const commands = Object.values(checks.jobs).flatMap(job => job.steps.map(step => step.run?.trim()));
  for (const command of NEEDED)
    if (!commands.includes(command)) findings.push(`.github/workflows/checks.yml: ${command} is not run`);
  if (/continue-on-error|\bif: (false|\$\{\{ false)/.test(JSON.stringify(checks).replaceAll('"', '')))
    findings.push('.github/workflows/checks.yml: a check may fail and pass');

  const back = Object.values(rollback.jobs).flatMap(job => job.steps.map(step => step.run ?? ''));
  if (!back.some(run => run.includes('scripts/deploy-aws.ts --no-migrate')))
    findings.push('.github/workflows/rollback.yml: migrates, where the schema has to stay');
  return [...findings, ...releaseFindings(cd)];
};
