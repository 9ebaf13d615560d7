import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

type Directives = Record<string, string[]>;

const API_POLICY: Directives = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] };

/** Our own small pages: everything from here, nothing inline. */
const PAGE_POLICY: Directives = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** Swagger UI sets style attributes in its markup; scripts stay as strict as on every page. */
const DOCS_POLICY: Directives = { ...PAGE_POLICY, 'style-src': ["'self'", "'unsafe-inline'"] };

/** Headers as name, value, name, value. */
export type HeaderList = readonly string[];

export interface SecurityHeaders {
  readonly api: HeaderList;
  readonly page: HeaderList;
  readonly docs: HeaderList;
}

/** What helmet would set on every answer never changes, so it is asked once and the list is reused. */
export const securityHeaders = (publicUrl: string): SecurityHeaders => {
  const https = publicUrl.startsWith('https:');
  return { api: list(API_POLICY, https), page: list(PAGE_POLICY, https), docs: list(DOCS_POLICY, https) };
};

const list = (directives: Directives, https: boolean): HeaderList => {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const setHeaders = helmet({
    contentSecurityPolicy: { useDefaults: false, directives },
    // Browsers ignore this one on plain HTTP, and a developer's localhost must not become https-only.
    strictTransportSecurity: https ? { maxAge: 63_072_000, includeSubDomains: true } : false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    // These three speak to browsers and plug-ins that are gone.
    xDownloadOptions: false,
    xXssProtection: false,
    xPermittedCrossDomainPolicies: false,
  });
  setHeaders(response.req, response, () => undefined);
  // Every answer may differ by origin (CORS), also the one that a cache saw first without one.
  response.setHeader('Vary', 'Origin');
  return Object.freeze(
    Object.entries(response.getHeaders()).flatMap(([name, value]) => [name, String(value)]),
  );
};

/** The fixed headers followed by an answer's own, which take the place of fixed ones of the same name. */
export const withFixedHeaders = (fixed: HeaderList, own: HeaderList): HeaderList => {
  if (own.length === 0) return fixed;
  const names = new Set<string>();
  for (let index = 0; index < own.length; index += 2) names.add((own[index] ?? '').toLowerCase());
  const merged: string[] = [];
  for (let index = 0; index + 1 < fixed.length; index += 2)
    if (!names.has((fixed[index] ?? '').toLowerCase()))
      merged.push(fixed[index] ?? '', fixed[index + 1] ?? '');
  for (const text of own) merged.push(text);
  return merged;
};

export const setHeaders = (response: ServerResponse, headers: HeaderList): void => {
  for (let index = 0; index + 1 < headers.length; index += 2)
    response.setHeader(headers[index] ?? '', headers[index + 1] ?? '');
};
