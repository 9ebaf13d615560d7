import { isDeepStrictEqual } from 'node:util';
import type { Answer, Route } from './route.ts';

/**
 * Holds an answer against what its route declares. A field that the shape does not name is a mismatch too: it would
 * leave the house undocumented.
 * @throws {Error} naming the route and what differs.
 */
export const checkAnswer = (route: Route, answer: Answer): void => {
  const mismatch = mismatchIn(route, answer);
  if (mismatch !== undefined) throw new Error(`${route.operationId} answered ${answer.status} ${mismatch}`);
};

const mismatchIn = (route: Route, { status, body, text, bytes }: Answer): string | undefined => {
  const declared = route.answers[status];
  if (declared === undefined) return 'which it does not declare';
  const type = text?.type ?? bytes?.type;
  if (type !== undefined)
    return declared.types?.includes(type) === true ? undefined : `with ${type}, which it does not declare`;
  if (declared.body === undefined)
    return body === undefined ? undefined : 'with a body that it does not declare';
  if (body === undefined) return 'without the body that it declares';
  const onTheWire: unknown = JSON.parse(JSON.stringify(body));
  const parsed = declared.body.safeParse(onTheWire);
  if (!parsed.success)
    return `with a body of another shape: ${parsed.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`;
  return isDeepStrictEqual(parsed.data, onTheWire) ? undefined : 'with fields that its shape does not name';
};
