import { z } from 'zod';

// Only what is used here is known: a field that AWS would not understand, or that nobody has thought about, is refused.

const name = z.string().min(1);
const pairs = z.array(z.strictObject({ name, value: z.string() }));

const container = z.strictObject({
  name,
  user: z.string().regex(/^[1-9]\d*:[1-9]\d*$/, 'must be numbers other than root'),
  image: z.string().regex(/@sha256:[0-9a-f]{64}$/, 'must be an image by digest'),
  cpu: z.number().int().positive(),
  memory: z.number().int().positive(),
  memoryReservation: z.number().int().positive(),
  entryPoint: z.array(name).optional(),
  command: z.array(name),
  portMappings: z
    .array(
      z.strictObject({
        containerPort: z.number().int(),
        hostPort: z.number().int(),
        protocol: z.literal('tcp'),
      }),
    )
    .default([]),
  environment: pairs.default([]),
  secrets: z.array(z.strictObject({ name, valueFrom: z.string() })).default([]),
  mountPoints: z
    .array(z.strictObject({ sourceVolume: name, containerPath: name, readOnly: z.boolean() }))
    .default([]),
  healthCheck: z
    .strictObject({
      command: z.array(name).min(2),
      interval: z.number().int().min(5).max(300),
      timeout: z.number().int().min(2).max(60),
      retries: z.number().int().min(1).max(10),
      startPeriod: z.number().int().min(30, 'must leave time for a start').max(300),
    })
    .optional(),
  stopTimeout: z.number().int().min(30).max(120),
  dockerLabels: z.record(z.string(), z.string()).default({}),
  essential: z.literal(true),
  readonlyRootFilesystem: z.literal(true),
  dockerSecurityOptions: z.tuple([z.literal('no-new-privileges')]),
  linuxParameters: z.strictObject({
    initProcessEnabled: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
    sharedMemorySize: z.number().int().optional(),
    tmpfs: z.array(
      z.strictObject({
        containerPath: name,
        size: z.number().int().positive(),
        mountOptions: z.tuple([
          z.literal('rw'),
          z.literal('noexec'),
          z.literal('nosuid'),
          z.literal('nodev'),
        ]),
      }),
    ),
  }),
  logConfiguration: z.strictObject({
    logDriver: z.literal('awslogs'),
    options: z.strictObject({
      'awslogs-group': name,
      'awslogs-region': name,
      'awslogs-stream-prefix': name,
      // A log that cannot be delivered must not hold the program.
      mode: z.literal('non-blocking'),
      'max-buffer-size': name,
    }),
  }),
});

const placement = z.array(
  z.strictObject({ type: z.literal('memberOf'), expression: z.literal('attribute:daymark.data == true') }),
);

export const taskDefinitionShape = z.strictObject({
  family: name,
  networkMode: z.literal('bridge'),
  requiresCompatibilities: z.tuple([z.literal('EC2')]),
  runtimePlatform: z.strictObject({
    cpuArchitecture: z.literal('ARM64'),
    operatingSystemFamily: z.literal('LINUX'),
  }),
  taskRoleArn: z.string().optional(),
  executionRoleArn: z.string(),
  placementConstraints: placement.optional(),
  volumes: z
    .array(
      z.union([
        z.strictObject({
          name,
          host: z.strictObject({ sourcePath: z.string().startsWith('/srv/daymark/') }),
        }),
        z.strictObject({
          name,
          dockerVolumeConfiguration: z.strictObject({
            scope: z.literal('task'),
            driver: z.literal('local'),
          }),
        }),
      ]),
    )
    .default([]),
  containerDefinitions: z.tuple([container]),
});

export const serviceShape = z.strictObject({
  cluster: name,
  serviceName: name,
  taskDefinition: name,
  desiredCount: z.number().int().positive(),
  launchType: z.literal('EC2'),
  schedulingStrategy: z.literal('REPLICA'),
  deploymentConfiguration: z.strictObject({
    deploymentCircuitBreaker: z.strictObject({ enable: z.literal(true), rollback: z.literal(true) }),
    minimumHealthyPercent: z.number().int().min(0).max(100),
    maximumPercent: z.number().int().min(100).max(200),
  }),
  availabilityZoneRebalancing: z.literal('DISABLED'),
  enableECSManagedTags: z.boolean(),
  // A shell in a container would be a way past everything that is checked here.
  enableExecuteCommand: z.literal(false),
  propagateTags: z.literal('TASK_DEFINITION'),
  placementConstraints: placement.optional(),
});

const oneOrMore = z
  .union([z.string(), z.array(z.string()).min(1)])
  .transform(value => (typeof value === 'string' ? [value] : value));

const condition = z.record(z.string(), z.record(z.string(), oneOrMore));

export const policyShape = z.strictObject({
  Version: z.literal('2012-10-17'),
  Statement: z
    .array(
      z.strictObject({
        Sid: z.string().optional(),
        Effect: z.enum(['Allow', 'Deny']),
        Principal: z.union([z.literal('*'), z.record(z.string(), z.string())]).optional(),
        Action: oneOrMore,
        Resource: oneOrMore.default([]),
        Condition: condition.default({}),
      }),
    )
    .min(1),
});

export type TaskDefinition = z.infer<typeof taskDefinitionShape>;
export type Service = z.infer<typeof serviceShape>;
export type Policy = z.infer<typeof policyShape>;
export type Statement = Policy['Statement'][number];
