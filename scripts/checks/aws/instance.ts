import { z } from 'zod';
import { inputOf, type Rule } from './deployment.ts';

const permission = z.strictObject({
  IpProtocol: z.literal('tcp'),
  FromPort: z.literal([80, 443]),
  ToPort: z.literal([80, 443]),
  IpRanges: z.array(z.strictObject({ CidrIp: z.string() })),
  Ipv6Ranges: z.array(z.strictObject({ CidrIpv6: z.string() })),
});

const ingress = z.strictObject({ IpPermissions: z.array(permission) });

/** Nothing but the web gets in. A shell comes through SSM, from within. */
export const doors: Rule = deployment => {
  const file = 'authorize-security-group-ingress.json';
  const parsed = ingress.safeParse(inputOf(deployment, 'authorize-security-group-ingress'));
  if (!parsed.success) return [`${file}: opens more than 80 and 443, or something else`];
  return parsed.data.IpPermissions.filter(({ FromPort, ToPort }) => FromPort !== ToPort).map(
    ({ FromPort, ToPort }) => `${file}: opens ${FromPort} to ${ToPort}`,
  );
};

const template = z.looseObject({
  LaunchTemplateData: z.looseObject({
    MetadataOptions: z.looseObject({
      HttpTokens: z.literal('required', 'metadata without a token'),
      // One hop ends at the host: containers have roles of their own.
      HttpPutResponseHopLimit: z.literal(1, 'metadata for containers'),
    }),
    BlockDeviceMappings: z.array(
      z.looseObject({ Ebs: z.looseObject({ Encrypted: z.literal(true, 'a disk that is not encrypted') }) }),
    ),
    UserData: z.string(),
  }),
});

export const machine: Rule = deployment => {
  const file = 'create-launch-template.json';
  const parsed = template.safeParse(inputOf(deployment, 'create-launch-template'));
  if (!parsed.success)
    return parsed.error.issues.map(({ path, message }) => `${file}: ${path.join('.')}: ${message}`);
  const { UserData } = parsed.data.LaunchTemplateData;
  const findings: string[] = [];
  if ('KeyName' in parsed.data.LaunchTemplateData) findings.push(`${file}: a key is for SSH`);
  const needs = [
    `ECS_CLUSTER=${deployment.configuration.name}\n`,
    'ECS_INSTANCE_ATTRIBUTES={"daymark.data":"true"}',
    'ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true',
    'ECS_RESERVED_MEMORY=',
  ];
  for (const line of needs)
    if (!UserData.includes(line)) findings.push(`user-data.sh: ${line.trim()} is missing`);
  if (UserData.length > 16_384 * 0.75) findings.push('user-data.sh: is longer than EC2 takes');
  return findings;
};

export const dataVolume: Rule = deployment => {
  const volume = JSON.stringify(inputOf(deployment, 'create-volume') ?? {});
  const snapshots = JSON.stringify(inputOf(deployment, 'create-lifecycle-policy')?.PolicyDetails ?? {});
  const tag = '{"Key":"daymark-snapshots","Value":"daily"}';
  const findings: string[] = [];
  if (!volume.includes('"Encrypted":true')) findings.push('create-volume.json: is not encrypted');
  if (!volume.includes(tag) || !snapshots.includes(tag))
    findings.push('create-volume.json: no snapshots are made of it');
  return findings;
};
