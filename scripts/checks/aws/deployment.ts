import type { z } from 'zod';
import { type AwsConfiguration, exampleRelease } from '../../aws/configuration.ts';
import { type JsonObject, render, type Rendered } from '../../aws/render.ts';
import type { Sources } from '../../aws/templates.ts';
import { policyShape, serviceShape, taskDefinitionShape } from './shapes.ts';
import type { Policy, Service, TaskDefinition } from './shapes.ts';

/** All that is rendered, by subject, as far as it has the shape that the rules look at. */
export interface Deployment {
  readonly configuration: AwsConfiguration;
  readonly sources: Sources;
  readonly rendered: readonly Rendered[];
  readonly tasks: ReadonlyMap<string, TaskDefinition>;
  readonly services: ReadonlyMap<string, Service>;
  /** By role, without the prefix of names. */
  readonly policies: ReadonlyMap<string, Policy>;
  readonly trusts: ReadonlyMap<string, Policy>;
  readonly bucketPolicies: ReadonlyMap<string, Policy>;
}

/** A line per mistake; begins with a file below `.aws`. */
export type Rule = (deployment: Deployment) => readonly string[];

export const inputOf = (
  { rendered }: Pick<Deployment, 'rendered'>,
  operation: string,
  subject = '',
): JsonObject | null =>
  rendered.find(one => one.operation === operation && one.subject === subject)?.input ?? null;

export const fileOf = (operation: string, subject: string): string =>
  `${operation}${subject === '' ? '' : `.${subject}`}.json`;

/** @throws {InvalidDeployment} when it cannot be rendered. */
export const deploymentOf = (
  sources: Sources,
  configuration: AwsConfiguration,
): { readonly deployment: Deployment; readonly problems: readonly string[] } => {
  const problems: string[] = [];
  const rendered = render(sources, configuration, exampleRelease(configuration));

  const collect = <Shape extends z.ZodType>(
    operation: string,
    shape: Shape,
    of: (input: JsonObject) => unknown = input => input,
  ): Map<string, z.infer<Shape>> => {
    const found = new Map<string, z.infer<Shape>>();
    for (const { path, subject, input } of rendered.filter(one => one.operation === operation)) {
      const parsed = shape.safeParse(of(input));
      if (parsed.success) found.set(subject, parsed.data);
      else
        for (const issue of parsed.error.issues)
          problems.push(`${path}: ${issue.path.join('.')}: ${issue.message}`);
    }
    return found;
  };

  const deployment = {
    configuration,
    sources,
    rendered,
    tasks: collect('register-task-definition', taskDefinitionShape),
    services: collect('create-service', serviceShape),
    policies: collect('put-role-policy', policyShape, input => input.PolicyDocument),
    trusts: collect('create-role', policyShape, input => input.AssumeRolePolicyDocument),
    bucketPolicies: collect('put-bucket-policy', policyShape, input => input.Policy),
  };
  return { deployment, problems };
};
