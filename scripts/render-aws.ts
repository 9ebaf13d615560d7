// Renders .aws for the aws-cli. Usage: node scripts/render-aws.ts [--check] [--out FOLDER] [--config FILE]
//   [--image IMAGE@DIGEST --backup-image IMAGE@DIGEST --revision COMMIT]
import { parseArgs } from 'node:util';
import { exampleRelease, parseRelease, readAwsConfiguration } from './aws/configuration.ts';
import { render } from './aws/render.ts';
import { readSources } from './aws/templates.ts';
import { writeRendered } from './aws/write-rendered.ts';
import { failWith } from './services/report.ts';

const { values } = parseArgs({
  options: {
    check: { type: 'boolean' },
    out: { type: 'string', default: '.local/aws' },
    config: { type: 'string' },
    image: { type: 'string' },
    'backup-image': { type: 'string' },
    revision: { type: 'string' },
  },
});

try {
  const configuration = readAwsConfiguration(values.config);
  const given = {
    image: values.image,
    backup_image: values['backup-image'],
    revision: values.revision,
  };
  const isRelease = Object.values(given).some(value => value !== undefined);
  const release = isRelease ? parseRelease(given) : exampleRelease(configuration);
  const rendered = render(readSources(), configuration, release);
  if (values.check !== true) writeRendered(rendered, values.out);
  console.log(
    `${rendered.length} templates ${values.check === true ? 'can be rendered' : `in ${values.out}`}.`,
  );
} catch (error) {
  failWith(error);
}
