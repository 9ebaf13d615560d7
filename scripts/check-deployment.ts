// Checks the files that the product is deployed with. Usage: node scripts/check-deployment.ts
import { aws } from './checks/aws.ts';
import type { Check } from './checks/check.ts';
import { compose } from './checks/compose.ts';
import { image } from './checks/image.ts';
import { shell } from './checks/shell.ts';
import { traefik } from './checks/traefik.ts';
import { workflows } from './checks/workflows.ts';

const CHECKS: readonly Check[] = [image, compose, traefik, aws, workflows, shell];

let mistakes = 0;
for (const check of CHECKS) {
  const findings = await check.run();
  for (const finding of findings) console.error(`${check.name}: ${finding}`);
  mistakes += findings.length;
}
if (mistakes > 0) {
  console.error(`${mistakes} ${mistakes === 1 ? 'mistake' : 'mistakes'} in ${CHECKS.length} checks.`);
  process.exitCode = 1;
} else console.log(`${CHECKS.length} checks found no mistake.`);
