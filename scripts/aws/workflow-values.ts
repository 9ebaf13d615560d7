// Prints what the workflows need of .aws/deploy.config.yml, as lines for GITHUB_OUTPUT.
// Usage: node scripts/aws/workflow-values.ts [--config FILE]
import { parseArgs } from 'node:util';
import { failWith } from '../services/report.ts';
import { refuseExample, readAwsConfiguration } from './configuration.ts';

const { values } = parseArgs({ options: { config: { type: 'string' } } });

try {
  const configuration = readAwsConfiguration(values.config);
  refuseExample(configuration);
  const { account, name, region } = configuration;
  console.log(`role=arn:aws:iam::${account}:role/${name}-pipeline`);
  console.log(`region=${region}`);
  console.log(`repository=${account}.dkr.ecr.${region}.amazonaws.com/${name}`);
} catch (error) {
  failWith(error);
}
