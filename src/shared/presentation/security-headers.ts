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

/** The headers of every answer. An answer's own ones of the same name take their place. */
export class FixedHeaders {
  readonly #all: HeaderList;
  readonly #names: ReadonlySet<string>;

  constructor(all: HeaderList) {
    this.#all = all;
    this.#names = new Set(namesOf(all));
  }

  /** Appends the fixed headers and an answer's own ones. */
  appendTo(headers: string[], own: HeaderList): void {
    // Few answers replace anything, and looking is cheaper than merging.
    const replaced = namesOf(own).filter(name => this.#names.has(name));
    for (let index = 0; index + 1 < this.#all.length; index += 2) {
      const name = this.#all[index] ?? '';
      if (replaced.length === 0 || !replaced.includes(name.toLowerCase()))
        headers.push(name, this.#all[index + 1] ?? '');
    }
    for (const text of own) headers.push(text);
  }
}

const namesOf = (headers: HeaderList): string[] => {
  const names: string[] = [];
  for (let index = 0; index < headers.length; index += 2) names.push((headers[index] ?? '').toLowerCase());
  return names;
};

export const setHeaders = (response: ServerResponse, headers: HeaderList): void => {
  for (let index = 0; index + 1 < headers.length; index += 2)
    response.setHeader(headers[index] ?? '', headers[index + 1] ?? '');
};
