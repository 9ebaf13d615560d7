import { readFileSync } from 'node:fs';
import express, { type Express, type NextFunction, type Request, type Response, type Router } from 'express';
import type { Registry } from 'prom-client';
import type { Configuration } from './configuration.ts';
import { DomainError } from './shared/domain/domain-error.ts';
import { trustIn } from './shared/presentation/client-address.ts';
import { docsRouter } from './shared/presentation/docs/docs-router.ts';
import { openApiText } from './shared/presentation/docs/openapi.ts';
import { HttpMetrics } from './shared/presentation/http-metrics.ts';
import type { Logger } from './shared/presentation/logger.ts';
import { metricsEndpoint } from './shared/presentation/metrics-endpoint.ts';
import { operationsRoutes } from './shared/presentation/operations-routes.ts';
import { crossOrigin } from './shared/presentation/origin.ts';
import { Readiness, type ReadinessCheck } from './shared/presentation/readiness.ts';
import { contextOf } from './shared/presentation/request-context.ts';
import { requestRecorder } from './shared/presentation/request-log.ts';
import { refuseAmbiguousHeaders, refuseMalformedPath } from './shared/presentation/request-target.ts';
import { Responder } from './shared/presentation/respond.ts';
import type { Route } from './shared/presentation/route.ts';
import { mountRoutes, otherMethods } from './shared/presentation/router.ts';
import { securityHeaders, setHeaders } from './shared/presentation/security-headers.ts';
import type { Authenticator } from './shared/services/authenticator.ts';

export interface AppDependencies {
  readonly configuration: Pick<
    Configuration,
    'publicUrl' | 'webOrigins' | 'trustedProxies' | 'metricsToken' | 'sourceRevision'
  >;
  readonly routes: readonly Route[];
  readonly authenticator: Authenticator;
  readonly readinessChecks: readonly ReadinessCheck[];
  readonly logger: Logger;
  readonly metricsRegistry: Registry;
  /** Routers that answer something else than JSON; they get the security headers of a page. */
  readonly pages?: readonly Router[];
  readonly isDraining: () => boolean;
  /** For tests: an answer that is not as declared becomes a 500. */
  readonly validateAnswers?: boolean;
}

/** The whole HTTP surface as an express app, without a server. */
export const createApp = (dependencies: AppDependencies): Express => {
  const { configuration, logger, metricsRegistry, isDraining } = dependencies;
  const security = securityHeaders(configuration.publicUrl);
  const responder = new Responder(security.api, isDraining);
  const trust = trustIn(configuration.trustedProxies);
  const version = { ...packageNameAndVersion(), revision: configuration.sourceRevision };
  const readiness = new Readiness(dependencies.readinessChecks, isDraining);
  const routes = [...dependencies.routes, ...operationsRoutes(readiness, version)];

  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false).set('trust proxy', trust);
  app.enable('case sensitive routing').enable('strict routing');

  const record = requestRecorder(logger, new HttpMetrics(metricsRegistry));
  app.use((request: Request, response: Response, next: NextFunction) => {
    response.on('close', record);
    if (isDraining()) response.shouldKeepAlive = false;
    contextOf(request).peer = request.socket.remoteAddress;
    refuseAmbiguousHeaders(request);
    refuseMalformedPath(request);
    next();
  });
  app.use(crossOrigin(configuration.webOrigins, security.api));

  mountRoutes(app, routes, {
    authenticator: dependencies.authenticator,
    responder,
    trust,
    publicUrl: configuration.publicUrl,
    webOrigins: configuration.webOrigins,
    validateAnswers: dependencies.validateAnswers ?? false,
  });
  app
    .route('/metrics')
    .get(metricsEndpoint(metricsRegistry, configuration.metricsToken, security.api))
    .all(otherMethods('/metrics', ['get'], responder));
  const refreshCookie = configuration.publicUrl.startsWith('https:')
    ? '__Host-refresh_token'
    : 'refresh_token';
  const openApi = () =>
    openApiText(routes, { ...version, publicUrl: configuration.publicUrl, refreshCookie });
  app.use(docsRouter(openApi, security, responder));
  for (const page of dependencies.pages ?? []) app.use(preparePage, page);

  app.use(() => {
    throw new DomainError('not-found', 'not_found', 'There is nothing here.');
  });
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    responder.problem(request, response, error);
  });
  return app;

  function preparePage(request: Request, response: Response, next: NextFunction): void {
    setHeaders(response, security.page);
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Request-Id', contextOf(request).requestId);
    next();
  }
};

const packageNameAndVersion = (): { name: string; version: string } => {
  const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    name: string;
    version: string;
  };
  return { name, version };
};
