import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiRequestBodyObject,
} from 'zod-openapi';
import { z } from 'zod';
import type { Version } from '../operations-routes.ts';
import type { Route } from '../route.ts';
import { problemShape } from './problem-shape.ts';
import { refusalsOf } from './refusals.ts';

/** The OpenAPI 3.1 document of these routes, as JSON: the same declarations that parse requests describe them. */
export const openApiText = (
  routes: readonly Route[],
  service: Version & { publicUrl: string; refreshCookie: string },
): string =>
  JSON.stringify(
    createDocument({
      openapi: '3.1.0',
      info: { title: 'Daymark', version: service.version, description: ABOUT },
      servers: [{ url: service.publicUrl }],
      tags: [...new Set(routes.map(route => route.tag))].map(name => ({ name })),
      paths: pathsOf(routes),
      components: {
        schemas: { Problem: problemShape },
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token.' },
          refreshCookie: { type: 'apiKey', in: 'cookie', name: service.refreshCookie },
        },
      },
    }),
  );

const ABOUT =
  `JSON in snake_case; ids are UUIDv7, instants RFC 3339 in UTC. Every refusal is a problem document with a
stable \`code\`. An unusable access token is answered 403 with \`token_missing\`, \`token_invalid\`, \`token_expired\` or
\`session_revoked\`.`.replaceAll('\n', ' ');

const pathsOf = (routes: readonly Route[]): ZodOpenApiPathsObject => {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return paths;
};

const operationOf = (route: Route): ZodOpenApiOperationObject => ({
  operationId: route.operationId,
  tags: [route.tag],
  summary: route.summary,
  ...(route.description === undefined ? {} : { description: route.description }),
  security: securityOf(route),
  ...parametersOf(route),
  ...requestBodyOf(route),
  responses: { ...answersOf(route), ...refusalsOf(route) },
});

const FILES: ZodOpenApiRequestBodyObject['content'] = {
  'multipart/form-data': {
    schema: {
      type: 'object',
      additionalProperties: { type: 'string', format: 'binary' },
      description: 'Files, under any field names.',
    },
  },
};

const requestBodyOf = ({ request, upload }: Route): Pick<ZodOpenApiOperationObject, 'requestBody'> => {
  if (upload) return { requestBody: { required: true, content: FILES } };
  if (!request?.body) return {};
  return { requestBody: { required: true, content: { 'application/json': { schema: request.body } } } };
};

const securityOf = (route: Route): Record<string, string[]>[] => [
  ...(route.usesRefreshCookie === true ? [{ refreshCookie: [] }] : []),
  ...(route.access === 'public' ? [] : [{ bearer: [] }]),
  ...(route.access === 'optional' ? [{}] : []),
];

type Parameters = NonNullable<ZodOpenApiOperationObject['requestParams']>;

const parametersOf = ({ request }: Route): { requestParams?: Parameters } =>
  request?.params || request?.query
    ? {
        requestParams: {
          ...(request.params ? { path: request.params } : {}),
          ...(request.query ? { query: request.query } : {}),
        } as Parameters,
      }
    : {};

const REQUEST_ID = z.string().meta({ description: 'Names this request in the log.' });

const answersOf = (route: Route): ZodOpenApiOperationObject['responses'] =>
  Object.fromEntries(
    Object.entries(route.answers).map(([status, { description, body, types }]) => [
      status,
      {
        description,
        headers: z.object({ 'X-Request-Id': REQUEST_ID }),
        ...(body ? { content: { 'application/json': { schema: body } } } : {}),
        ...(types ? { content: Object.fromEntries(types.map(type => [type, {}])) } : {}),
      },
    ]),
  );
