// Brings a release into service, as the pipeline does. Usage: node scripts/deploy-aws.ts --image IMAGE@DIGEST
//   --backup-image IMAGE@DIGEST --revision COMMIT [--no-migrate] [--config FILE]
import { parseArgs } from 'node:util';
import { parseRelease, readAwsConfiguration, refuseExample } from './aws/configuration.ts';
import { deploy, PATIENCE } from './aws/deploy.ts';
import { failWith } from './services/report.ts';

const { values } = parseArgs({
  options: {
    image: { type: 'string' },
    'backup-image': { type: 'string' },
    revision: { type: 'string' },
    'no-migrate': { type: 'boolean' },
    config: { type: 'string' },
  },
});

try {
  const release = parseRelease({
    image: values.image,
    backup_image: values['backup-image'],
    revision: values.revision,
  });
  const configuration = readAwsConfiguration(values.config);
  refuseExample(configuration);
  await deploy(configuration, release, {
    folder: '.local/aws',
    migrate: values['no-migrate'] !== true,
    patience: PATIENCE,
    report: line => console.log(line),
  });
} catch (error) {
  failWith(error);
}
