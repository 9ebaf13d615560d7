import type { Express, NextFunction, Request, RequestHandler, Response } from 'express';
import type { Authenticator } from '../services/authenticator.ts';
import { authorise } from './authentication.ts';
import { checkAnswer } from './check-answer.ts';
import type { Trust } from './client-address.ts';
import { applyCookies } from './cookies.ts';
import { ParsedRequest } from './incoming.ts';
import { refuseForeignOrigin } from './origin.ts';
import { pageHeaders } from './page.ts';
import { parsePart, parseWith } from './parse.ts';
import { filesOf } from './multipart.ts';
import { ProtocolError } from './problem.ts';
import { hasBody, readJson } from './read-body.ts';
import { contextOf } from './request-context.ts';
import { queryOf } from './request-target.ts';
import type { Responder } from './respond.ts';
import type { Answer, Incoming, Route } from './route.ts';

export interface RouterSettings {
  readonly authenticator: Authenticator;
  readonly responder: Responder;
  readonly trust: Trust;
  readonly publicUrl: string;
  readonly webOrigins: readonly string[];
  /** Checks every answer against its declared shape; costs too much for production, where tests have run. */
  readonly validateAnswers: boolean;
}

const DEFAULT_BODY_LIMIT_BYTES = 100_000;

/** Puts the routes on the app. @throws when two of them collide or one leaves its path parameters undeclared. */
export const mountRoutes = (app: Express, routes: readonly Route[], settings: RouterSettings): void => {
  refuseCollisions(routes);
  const byPath = Map.groupBy(routes, route => route.path);
  const origins = new Set(settings.webOrigins);
  for (const path of [...byPath.keys()].sort(mostSpecificFirst)) {
    const here = app.route(path);
    const siblings = byPath.get(path) ?? [];
    for (const route of siblings) here[route.method](handlerOf(route, settings, origins));
    here.all(
      otherMethods(
        path,
        siblings.map(route => route.method),
        settings.responder,
      ),
    );
  }
};

/** `OPTIONS` is told what there is; any other method that no handler took is a 405. */
export const otherMethods = (
  path: string,
  methods: readonly string[],
  responder: Responder,
): RequestHandler => {
  const names = methods.map(method => method.toUpperCase());
  const allow = [...names, ...(names.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  return (request, response) => {
    contextOf(request).route = path;
    if (request.method === 'OPTIONS') {
      responder.empty(response, 204, 'no-cache', ['Allow', allow]);
      return;
    }
    throw new ProtocolError(405, 'method_not_allowed', 'This method is not known here.', {
      headers: ['Allow', allow],
    });
  };
};

const refuseCollisions = (routes: readonly Route[]): void => {
  const names = new Set<string>();
  for (const { method, path, operationId, request } of routes) {
    for (const name of [`${method} ${path}`, operationId]) {
      if (names.has(name)) throw new Error(`Two routes are called ${name}.`);
      names.add(name);
    }
    if (path.includes(':') && request?.params === undefined)
      throw new Error(`${operationId} declares no shape for the parameters of ${path}.`);
  }
};

/** `/users/me` before `/users/:name`, whatever the order of the list. */
const mostSpecificFirst = (one: string, other: string): number => {
  const [a, b] = [one, other].map(path => path.replaceAll(/:[^/]+/g, '\u{10ffff}'));
  return a === b ? 0 : (a ?? '') < (b ?? '') ? -1 : 1;
};

const handlerOf = (
  route: Route,
  settings: RouterSettings,
  origins: ReadonlySet<string>,
): ((request: Request, response: Response, next: NextFunction) => Promise<void>) => {
  const changesState = route.method !== 'get';
  const cacheControl = cacheControlOf(route);
  return async (request, response) => {
    contextOf(request).route = route.path;
    if (changesState) refuseForeignOrigin(request, origins);
    const incoming = await incomingOf(route, request, settings);
    const answer = await route.handle(incoming);
    if (settings.validateAnswers) checkAnswer(route, answer);
    const flowing = send(answer, request, response, settings, cacheControl);
    if (flowing) await flowing;
  };
};

// With an optional token the answer may be for that person alone; a handler that knows better says so itself.
const cacheControlOf = (route: Route): string => {
  if (route.noStore === true) return 'no-store';
  return route.access === 'public' ? 'no-cache' : 'private, no-cache';
};

const incomingOf = async (route: Route, request: Request, settings: RouterSettings): Promise<Incoming> => {
  const caller =
    route.access === 'public' ? undefined : await authorise(request, route.access, settings.authenticator);
  const shapes = route.request;
  const params = shapes?.params && parseWith(shapes.params, request.params);
  const query = parsePart(shapes?.query, queryOf(request));
  if (route.upload) {
    const files = filesOf(request, route.upload);
    return new ParsedRequest(request, settings.trust, caller, { params, query, files }) as Incoming;
  }
  const limit = route.bodyLimitBytes ?? DEFAULT_BODY_LIMIT_BYTES;
  const json = hasBody(request) ? await readJson(request, limit) : undefined;
  const body = parsePart(shapes?.body, json);
  return new ParsedRequest(request, settings.trust, caller, { params, query, body }) as Incoming;
};

/** Only bytes take their time. */
const send = (
  answer: Answer,
  request: Request,
  response: Response,
  { responder, publicUrl }: RouterSettings,
  cacheControl: string,
): Promise<void> | undefined => {
  if (answer.cookies) applyCookies(response, answer.cookies);
  const more: string[] = [];
  if (answer.listing) more.push(...pageHeaders(publicUrl, request.originalUrl, answer.listing));
  let caching = cacheControl;
  for (const [name, value] of Object.entries(answer.headers ?? {}))
    if (name.toLowerCase() === 'cache-control') caching = value;
    else more.push(name, value);
  if (answer.bytes) return responder.bytes(response, answer.status, caching, answer.bytes, more);
  if (answer.text)
    responder.text(response, answer.status, caching, answer.text.type, answer.text.content, more);
  else if (answer.body === undefined) responder.empty(response, answer.status, caching, more);
  else responder.json(response, answer.status, caching, JSON.stringify(answer.body), more);
  return undefined;
};
