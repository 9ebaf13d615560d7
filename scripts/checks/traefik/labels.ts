import { z } from 'zod';
import { issuesOf } from '../yaml-file.ts';

// The labels by which a container says how it is reached, the same for Docker and for ECS. Traefik ignores case in
// them, and leaves out a router of which it does not know a key.

const flag = z.enum(['true', 'false']);
const number = z.string().regex(/^\d+$/);

const labelShape = z.strictObject({
  enable: flag,
  http: z.strictObject({
    routers: z.record(
      z.string(),
      z.strictObject({
        rule: z.string(),
        entrypoints: z.string(),
        service: z.string(),
        middlewares: z.string(),
        priority: number,
        tls: z.strictObject({ certresolver: z.string() }),
      }),
    ),
    services: z.record(
      z.string(),
      z.strictObject({
        loadbalancer: z.strictObject({
          server: z.strictObject({ port: number }),
          serverstransport: z.string(),
          healthcheck: z.strictObject({
            path: z.string(),
            interval: z.string(),
            unhealthyinterval: z.string(),
            timeout: z.string(),
          }),
          passivehealthcheck: z.strictObject({ failurewindow: z.string(), maxfailedattempts: number }),
        }),
      }),
    ),
  }),
});

export type Routing = z.infer<typeof labelShape>;

interface Branch {
  [name: string]: Branch | string;
}

const put = (tree: Branch, [name = '', ...rest]: readonly string[], value: string): void => {
  if (rest.length === 0) {
    tree[name] = value;
    return;
  }
  const branch = tree[name];
  const next = typeof branch === 'object' ? branch : {};
  tree[name] = next;
  put(next, rest, value);
};

/** The labels of one container as a tree, or what is wrong with them. Labels that are not Traefik's are not looked at. */
export const routingOf = (
  path: string,
  labels: Readonly<Record<string, string>>,
): { readonly routing: Routing | null; readonly findings: readonly string[] } => {
  const tree: Branch = {};
  for (const [label, value] of Object.entries(labels))
    if (/^traefik\./i.test(label)) put(tree, label.toLowerCase().split('.').slice(1), value);
  const result = labelShape.safeParse(tree);
  return result.success
    ? { routing: result.data, findings: [] }
    : { routing: null, findings: issuesOf(`${path}: traefik`, result.error) };
};
