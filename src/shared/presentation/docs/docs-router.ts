import { Router, type Request, type Response } from 'express';
// The package's main module would load the whole bundle into memory.
import swaggerUiPath from 'swagger-ui-dist/absolute-path.js';
import { contextOf } from '../request-context.ts';
import { resource, sendResource, type Resource } from '../resource.ts';
import { otherMethods } from '../router.ts';
import type { Responder } from '../respond.ts';
import { setHeaders, type SecurityHeaders } from '../security-headers.ts';

const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Daymark API</title>
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

// The page may only talk to where it came from, which can be another name of this server than its public one.
const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  tryItOutEnabled: true,
  requestInterceptor: request => {
    const { pathname, search } = new URL(request.url, location.href);
    request.url = location.origin + pathname + search;
    return request;
  },
});
`;

/** `/openapi.json`, and `/docs` that shows it. Everything is served from here, so it works without the internet. */
export const docsRouter = (
  openApi: () => string,
  security: SecurityHeaders,
  responder: Responder,
): Router => {
  const router = Router({ caseSensitive: true, strict: true });
  const folder = swaggerUiPath();
  // The document is made at the first question: starting must not wait for it.
  let document: Resource | undefined;
  const page = resource('text/html; charset=utf-8', PAGE);
  const start = resource('text/javascript; charset=utf-8', START);

  const serve = (path: string, handle: (request: Request, response: Response) => void): void => {
    router
      .route(path)
      .get(handle)
      .all(otherMethods(path, ['get'], responder));
  };
  serve('/openapi.json', (request, response) => {
    document ??= resource('application/json; charset=utf-8', openApi());
    prepare(request, response, security.api);
    sendResource(request, response, document);
  });
  for (const path of ['/docs', '/docs/'])
    serve(path, (request, response) => {
      prepare(request, response, security.docs);
      sendResource(request, response, page);
    });
  serve('/docs/start.js', (request, response) => {
    prepare(request, response, security.docs);
    sendResource(request, response, start);
  });
  for (const asset of ASSETS)
    serve(`/docs/${asset}`, (request, response) => {
      prepare(request, response, security.docs);
      response.sendFile(asset, { root: folder, maxAge: '1d' });
    });
  return router;
};

const prepare = (request: Request, response: Response, security: readonly string[]): void => {
  setHeaders(response, security);
  response.setHeader('X-Request-Id', contextOf(request).requestId);
};
