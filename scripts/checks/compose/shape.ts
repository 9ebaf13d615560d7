import { z } from 'zod';

// Exactly the keys that are used here: a misspelt one is an unknown one.

const duration = z.string().regex(/^(\d+(ms|s|m|h))+$/, 'must be a duration with a unit');
const size = z.string().regex(/^\d+[mg]$/, 'must be like 256m');
const words = z.array(z.string());
const texts = z.record(z.string(), z.string({ error: 'must be a text in quotes' }));

const healthcheck = z.union([
  z.strictObject({ disable: z.literal(true) }),
  z.strictObject({
    test: z.tuple([z.literal('CMD')], z.string()),
    interval: duration,
    timeout: duration,
    retries: z.int().positive(),
    start_period: duration.optional(),
  }),
]);

const service = z.strictObject({
  image: z.string(),
  entrypoint: words.optional(),
  command: words.optional(),
  user: z.string().optional(),
  profiles: z.tuple([z.literal('tools')]).optional(),
  deploy: z.strictObject({ replicas: z.int().positive() }).optional(),
  restart: z.enum(['unless-stopped', 'no']).optional(),
  init: z.boolean().optional(),
  read_only: z.boolean().optional(),
  cap_drop: words.optional(),
  security_opt: words.optional(),
  pids_limit: z.int().positive().optional(),
  mem_limit: size.optional(),
  shm_size: size.optional(),
  logging: z
    .strictObject({
      driver: z.literal('json-file'),
      options: z.strictObject({ 'max-size': size, 'max-file': z.string() }),
    })
    .optional(),
  tmpfs: words.optional(),
  ports: words.optional(),
  networks: words,
  environment: texts.optional(),
  configs: z.array(z.strictObject({ source: z.string(), target: z.string() })).optional(),
  volumes: words.optional(),
  labels: texts.optional(),
  healthcheck: healthcheck.optional(),
  stop_grace_period: duration.optional(),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({ condition: z.enum(['service_healthy', 'service_completed_successfully']) }),
    )
    .optional(),
});

export type Service = z.infer<typeof service>;

const network = z.strictObject({
  name: z.string().optional(),
  internal: z.boolean().optional(),
  enable_ipv6: z.boolean().optional(),
});

export const composeShape = z
  .object({
    name: z.string(),
    services: z.record(z.string(), service),
    networks: z.record(z.string(), network),
    volumes: z.record(z.string(), z.strictObject({})),
    configs: z.record(z.string(), z.strictObject({ content: z.string() })),
  })
  // Pieces that services merge in, where they are looked at.
  .catchall(z.unknown())
  .superRefine((file, context) => {
    const known = ['name', 'services', 'networks', 'volumes', 'configs'];
    for (const key of Object.keys(file))
      if (!known.includes(key) && !key.startsWith('x-'))
        context.addIssue({ code: 'custom', message: `Unrecognized key: "${key}"` });
  });

export type Compose = z.infer<typeof composeShape>;
