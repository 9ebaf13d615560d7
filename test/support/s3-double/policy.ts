import { S3Error } from './s3-error.ts';

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** Such as `s3:GetObject` or `s3:*`. */
  readonly actions: readonly string[];
  /** `bucket`, or `bucket/key`; `*` stands for anything. */
  readonly resources: readonly string[];
  /** Names of users, or `*`; not used for what a user carries himself. */
  readonly principals?: readonly string[];
}

export const EVERYTHING: readonly Statement[] = [{ effect: 'Allow', actions: ['s3:*'], resources: ['*'] }];

/** What is denied anywhere is denied; what is allowed nowhere is denied too. */
export const isAllowed = (
  statements: readonly Statement[],
  user: string,
  action: string,
  resource: string,
): boolean => {
  const meant = statements.filter(
    ({ actions, resources, principals }) =>
      matches(actions, action) && matches(resources, resource) && (!principals || matches(principals, user)),
  );
  return meant.some(({ effect }) => effect === 'Allow') && !meant.some(({ effect }) => effect === 'Deny');
};

const matches = (patterns: readonly string[], text: string): boolean =>
  patterns.some(pattern =>
    new RegExp(`^${pattern.split('*').map(RegExp.escape).join('.*')}$`, 's').test(text),
  );

/** Reads a bucket policy. What is not understood is refused, since it would not be kept. @throws {S3Error} */
export const parsePolicy = (json: string): readonly Statement[] => {
  try {
    const { Statement: statements } = JSON.parse(json) as { Statement: readonly Record<string, unknown>[] };
    return statements.map(({ Sid: _sid, Effect, Principal, Action, Resource, ...unknown }) => {
      if ((Effect !== 'Allow' && Effect !== 'Deny') || Object.keys(unknown).length > 0) throw new Error();
      return {
        effect: Effect,
        actions: list(Action),
        resources: list(Resource).map(arn => withoutPrefix(arn, 'arn:aws:s3:::')),
        principals: Principal === '*' ? ['*'] : list((Principal as { AWS: unknown }).AWS).map(userOf),
      };
    });
  } catch {
    throw new S3Error('MalformedPolicy', 'This policy is not understood.');
  }
};

const list = (value: unknown): readonly string[] => {
  const all: unknown[] = Array.isArray(value) ? value : [value];
  if (!all.every(item => typeof item === 'string')) throw new Error();
  return all;
};

const withoutPrefix = (text: string, prefix: string): string => {
  if (!text.startsWith(prefix)) throw new Error();
  return text.slice(prefix.length);
};

const userOf = (principal: string): string => principal.replace(/^.*:user\//, '');
