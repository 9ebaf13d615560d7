import { z } from 'zod';

const step = z.looseObject({
  name: z.string().optional(),
  id: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).default({}),
  env: z.record(z.string(), z.unknown()).default({}),
});

const permissions = z.union([z.string(), z.record(z.string(), z.string())]);

const job = z.looseObject({
  needs: z
    .union([z.string(), z.array(z.string())])
    .default([])
    .transform(value => (typeof value === 'string' ? [value] : value)),
  uses: z.string().optional(),
  environment: z.string().optional(),
  permissions: permissions.optional(),
  'timeout-minutes': z.number().optional(),
  steps: z.array(step).default([]),
});

export const workflowShape = z.looseObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: permissions.optional(),
  concurrency: z.looseObject({ group: z.string(), 'cancel-in-progress': z.boolean() }).optional(),
  jobs: z.record(z.string(), job),
});

export type Workflow = z.infer<typeof workflowShape>;
export type Job = z.infer<typeof job>;
export type Step = z.infer<typeof step>;

/** A workflow as it was read, with its text, whose comments a parser drops. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly workflow: Workflow;
}
