import { z } from 'zod';

// Exactly the keys that are used here, so that a misspelt one is an unknown one: Traefik itself starts without a word
// when a key of a dynamic file is wrong, and without the protection that it stood for.

const duration = z.string().regex(/^(\d+(ms|s|m|h))+$/, 'must be a duration with a unit');
const address = z.string().regex(/^([\w.]*):\d+$/);
const mode = z.enum(['keep', 'drop', 'redact']);

const entryPoint = z.strictObject({
  address,
  asDefault: z.boolean().optional(),
  forwardedHeaders: z.strictObject({ insecure: z.boolean(), trustedIPs: z.array(z.string()) }).optional(),
  http: z
    .strictObject({
      redirections: z
        .strictObject({
          entryPoint: z.strictObject({
            to: z.string(),
            scheme: z.literal('https'),
            permanent: z.boolean(),
          }),
        })
        .optional(),
      middlewares: z.array(z.string()).optional(),
      tls: z.strictObject({ certResolver: z.string().optional(), options: z.string().optional() }).optional(),
      encodedCharacters: z
        .strictObject({
          allowEncodedSlash: z.boolean(),
          allowEncodedBackSlash: z.boolean(),
          allowEncodedNullCharacter: z.boolean(),
        })
        .optional(),
    })
    .optional(),
  transport: z
    .strictObject({
      lifeCycle: z.strictObject({ requestAcceptGraceTimeout: duration, graceTimeOut: duration }),
      respondingTimeouts: z.strictObject({
        readTimeout: duration,
        writeTimeout: duration,
        idleTimeout: duration,
      }),
    })
    .optional(),
});

const acme = z.strictObject({
  caServer: z.url().optional(),
  storage: z.string(),
  keyType: z.literal('EC256'),
  tlsChallenge: z.strictObject({}),
});

const staticShape = {
  global: z.strictObject({ checkNewVersion: z.boolean(), sendAnonymousUsage: z.boolean() }),
  entryPoints: z.record(z.string(), entryPoint),
  api: z.strictObject({ insecure: z.boolean(), dashboard: z.boolean() }),
  ping: z.strictObject({ entryPoint: z.string() }),
  metrics: z.strictObject({
    prometheus: z.strictObject({ entryPoint: z.string(), addRoutersLabels: z.boolean() }),
  }),
  log: z.strictObject({ level: z.enum(['INFO', 'WARN', 'ERROR']), format: z.literal('json') }),
  accessLog: z.strictObject({
    format: z.literal('json'),
    fields: z.strictObject({
      defaultMode: mode,
      names: z.record(z.string(), mode),
      headers: z.strictObject({ defaultMode: mode, names: z.record(z.string(), mode) }),
    }),
  }),
  certificatesResolvers: z.record(z.string(), z.strictObject({ acme })),
};

const file = z.strictObject({ directory: z.string(), watch: z.boolean() });

export const ecsShape = z.strictObject({
  ...staticShape,
  providers: z.strictObject({
    ecs: z.strictObject({
      clusters: z.array(z.string()).min(1),
      region: z.string(),
      exposedByDefault: z.boolean(),
      healthyTasksOnly: z.boolean(),
      refreshSeconds: z.int().positive(),
    }),
    file,
  }),
});

export const dockerShape = z.strictObject({
  ...staticShape,
  providers: z.strictObject({
    docker: z.strictObject({ endpoint: z.string(), exposedByDefault: z.boolean(), network: z.string() }),
    file,
  }),
});

export type StaticConfiguration = z.infer<typeof ecsShape> | z.infer<typeof dockerShape>;

const sourceCriterion = z.strictObject({
  ipStrategy: z.strictObject({ ipv6Subnet: z.int().min(48).max(128) }),
});

const middleware = z.union([
  z.strictObject({
    headers: z.strictObject({
      stsSeconds: z.int(),
      stsIncludeSubdomains: z.boolean(),
      contentTypeNosniff: z.boolean(),
      frameDeny: z.boolean(),
      referrerPolicy: z.string(),
      permissionsPolicy: z.string(),
      customResponseHeaders: z.record(z.string(), z.string()),
    }),
  }),
  z.strictObject({
    rateLimit: z.strictObject({
      average: z.int().positive(),
      burst: z.int().positive(),
      period: duration,
      sourceCriterion,
    }),
  }),
  z.strictObject({ inFlightReq: z.strictObject({ amount: z.int().positive(), sourceCriterion }) }),
  z.strictObject({
    buffering: z.strictObject({
      maxRequestBodyBytes: z.int().positive(),
      memRequestBodyBytes: z.int().positive(),
    }),
  }),
  z.strictObject({
    retry: z.strictObject({ attempts: z.int().min(2).max(5), initialInterval: duration }),
  }),
]);

export type Middleware = z.infer<typeof middleware>;

/** Of each file in traefik/dynamic. */
export const dynamicShape = z.strictObject({
  http: z
    .strictObject({
      middlewares: z.record(z.string(), middleware).optional(),
      serversTransports: z
        .record(
          z.string(),
          z.strictObject({
            forwardingTimeouts: z.strictObject({
              dialTimeout: duration,
              responseHeaderTimeout: duration,
              idleConnTimeout: duration,
            }),
          }),
        )
        .optional(),
    })
    .optional(),
  tls: z
    .strictObject({
      options: z.record(
        z.string(),
        z.strictObject({ minVersion: z.enum(['VersionTLS12', 'VersionTLS13']), sniStrict: z.boolean() }),
      ),
    })
    .optional(),
});
