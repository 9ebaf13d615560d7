import { secondsOf } from '../../../scripts/checks/duration.ts';
import { projectText } from '../../../scripts/checks/project-text.ts';
import { traefikFindings } from '../../../scripts/checks/traefik.ts';
import { projectWith, type Mistake } from './planted.ts';

const ECS = 'traefik/traefik.yml';
const DOCKER = 'traefik/traefik.docker.yml';
const MIDDLEWARES = 'traefik/dynamic/middlewares.yml';
const TRANSPORTS = 'traefik/dynamic/transports.yml';
const TLS = 'traefik/dynamic/tls.yml';
const COMPOSE = 'compose.production.yml';
const UPLOADS = 'src/publishing/presentation/image-controller.ts';
const ARTICLES = 'src/publishing/presentation/article-controller.ts';

const MISTAKES: readonly Mistake[] = [
  ['exposeByDefault', ECS, 'exposedByDefault', 'exposeByDefault', 'Unrecognized key: "exposeByDefault"'],
  [
    'exposeByDefault for Docker',
    DOCKER,
    'exposedByDefault',
    'exposeByDefault',
    'Unrecognized key: "exposeByDefault"',
  ],
  [
    'redirection',
    ECS,
    'redirections:',
    'redirection:',
    'entryPoints.web.http: Unrecognized key: "redirection"',
  ],
  ['a misspelt middleware', MIDDLEWARES, 'rateLimit:', 'ratelimits:', 'http.middlewares.rate-limit'],
  [
    'a misspelt option of a middleware',
    MIDDLEWARES,
    'stsSeconds',
    'stsSecond',
    'http.middlewares.security-headers',
  ],
  ['a misspelt TLS option', TLS, 'sniStrict', 'snistrict', 'Unrecognized key: "snistrict"'],
  ['a duration without a unit', ECS, 'idleTimeout: 180s', 'idleTimeout: 180', 'idleTimeout'],
  [
    'no way from HTTP to HTTPS',
    ECS,
    /    http:\n      redirections:[^]*?permanent: true\n/,
    '',
    'plain HTTP is not sent on to HTTPS',
  ],
  ['a redirect for now', DOCKER, 'permanent: true', 'permanent: false', 'is not permanent'],
  [
    'every container public',
    ECS,
    'exposedByDefault: false',
    'exposedByDefault: true',
    'traefik.yml: every container is public',
  ],
  [
    'every container of the host public',
    DOCKER,
    'exposedByDefault: false',
    'exposedByDefault: true',
    'traefik.docker.yml: every container is public',
  ],
  [
    'requests for sick tasks',
    ECS,
    'healthyTasksOnly: true',
    'healthyTasksOnly: false',
    'sick tasks get requests',
  ],
  [
    'Docker’s socket',
    DOCKER,
    'tcp://socket-proxy:2375',
    'unix:///var/run/docker.sock',
    'not through socket-proxy',
  ],
  ['another network', DOCKER, 'network: daymark-edge', 'network: edge', 'they are on daymark-edge'],
  [
    'variants that drift apart',
    DOCKER,
    'idleTimeout: 180s',
    'idleTimeout: 60s',
    'differs from traefik/traefik.yml',
  ],
  [
    'the insecure API',
    ECS,
    'insecure: false\n  dashboard',
    'insecure: true\n  dashboard',
    'the API is open to everybody',
  ],
  ['the dashboard', ECS, 'dashboard: false', 'dashboard: true', 'the dashboard is on'],
  ['port 8080', ECS, '127.0.0.1:8082', ':8080', 'internal listens on 8080'],
  ['metrics for everybody', ECS, '127.0.0.1:8082', ':8082', 'internal listens to everybody'],
  [
    'public metrics',
    ECS,
    'prometheus:\n    entryPoint: internal',
    'prometheus:\n    entryPoint: websecure',
    'metrics is not on the internal entry point',
  ],
  [
    'clients that say who they are',
    ECS,
    'insecure: false\n      trustedIPs',
    'insecure: true\n      trustedIPs',
    'websecure believes every X-Forwarded-For',
  ],
  [
    'a trusted network',
    ECS,
    'trustedIPs: []',
    'trustedIPs: [10.0.0.0/8]',
    'believes the X-Forwarded-For of others',
  ],
  ['encoded slashes', ECS, 'allowEncodedSlash: false', 'allowEncodedSlash: true', 'encoded slashes'],
  [
    'no default entry point',
    ECS,
    '    asDefault: true\n',
    '',
    'websecure is not the entry point of routers that name none',
  ],
  [
    'other public ports',
    ECS,
    "address: ':443'",
    "address: ':8443'",
    'the public entry points are not 80 and 443',
  ],
  [
    'no resolver to try out with',
    ECS,
    'letsencrypt-staging:',
    'staging:',
    'there is no resolver to try out with',
  ],
  ['no TLS', ECS, '      tls: {}\n', '', 'websecure does not speak TLS'],
  [
    'uploads that are cut off',
    ECS,
    'readTimeout: 310s',
    'readTimeout: 60s',
    'uploads are cut off before the 300 s',
  ],
  [
    'uploads that may take longer',
    UPLOADS,
    'deadlineSeconds: 300',
    'deadlineSeconds: 600',
    'uploads are cut off before the 600 s',
  ],
  ['downloads that are cut off', ECS, 'writeTimeout: 0s', 'writeTimeout: 30s', 'slow downloads are cut off'],
  ['every header in the log', ECS, 'defaultMode: drop', 'defaultMode: keep', 'headers that nobody chose'],
  [
    'tokens in the log',
    ECS,
    'User-Agent: keep',
    'Authorization: keep',
    'the access log has secrets (Authorization)',
  ],
  [
    'resolvers that share a file',
    ECS,
    'letsencrypt-staging.json',
    'letsencrypt.json',
    'two certificate resolvers share a file',
  ],
  ['certificates that are lost', ECS, '/acme/letsencrypt.json', '/tmp/letsencrypt.json', 'not kept in /acme'],
  [
    'a middleware nobody made',
    ECS,
    '- rate-limit@file',
    '- ratelimit@file',
    'there is no middleware ratelimit@file',
  ],
  [
    'a middleware nobody uses',
    ECS,
    '        - rate-limit@file\n',
    '',
    'nobody uses the middleware rate-limit@file',
  ],
  [
    'a middleware for one container',
    COMPOSE,
    'middlewares: retry@file',
    'middlewares: retry',
    'there is no middleware retry',
  ],
  [
    'a transport nobody made',
    COMPOSE,
    'serverstransport: api@file',
    'serverstransport: server@file',
    'there is no transport server@file',
  ],
  [
    'a service nobody made',
    COMPOSE,
    'routers.api.service: api',
    'routers.api.service: web',
    'there is no service web',
  ],
  [
    'a resolver nobody made',
    COMPOSE,
    'CERTIFICATE_RESOLVER:-letsencrypt',
    'CERTIFICATE_RESOLVER:-lets-encrypt',
    'there is no certificate resolver lets-encrypt',
  ],
  ['a TLS option nobody uses', TLS, 'default:', 'modern:', 'nobody uses the TLS option modern'],
  [
    'a router on plain HTTP',
    COMPOSE,
    'routers.api.entrypoints: websecure',
    'routers.api.entrypoints: web',
    'the router api is on web',
  ],
  [
    'a router without a certificate',
    COMPOSE,
    /      traefik.http.routers.changes.tls.certresolver[^\n]*\n/,
    '',
    'traefik: http.routers.changes.tls',
  ],
  ['a misspelt label', COMPOSE, 'routers.api.priority', 'routers.api.prio', 'Unrecognized key: "prio"'],
  [
    'a router for every host',
    COMPOSE,
    'routers.api.rule: Host(`${DOMAIN:?}`) && ',
    'routers.api.rule: PathPrefix(`/`) && ',
    'the router api takes every host',
  ],
  ['public metrics of the API', COMPOSE, ' && !Path(`/metrics`)', '', 'the metrics are public'],
  [
    'another public service',
    COMPOSE,
    "    user: '999:999'\n    mem_limit: 1g",
    "    user: '999:999'\n    labels: { traefik.enable: 'true' }\n    mem_limit: 1g",
    'postgres has labels',
  ],
  [
    'an API that is not enabled',
    COMPOSE,
    "traefik.enable: 'true'",
    "traefik.enable: 'false'",
    'the API is not enabled',
  ],
  [
    'a health check that draining does not fail',
    COMPOSE,
    'healthcheck.path: /readyz',
    'healthcheck.path: /healthz',
    'not at /readyz',
  ],
  ['another port', COMPOSE, "server.port: '3000'", "server.port: '8000'", 'replicas are asked at port 8000'],
  [
    'a health check that is too slow for a drain',
    COMPOSE,
    'healthcheck.interval: 4s',
    'healthcheck.interval: 10s',
    'a replica that drains gets requests',
  ],
  [
    'configuration that is not mounted',
    COMPOSE,
    './traefik/dynamic:/etc/traefik/dynamic',
    './traefik/dynamic:/etc/dynamic',
    'traefik has no ./traefik/dynamic',
  ],
  [
    'connections kept longer than the server does',
    TRANSPORTS,
    'idleConnTimeout: 60s',
    'idleConnTimeout: 95s',
    'api keeps connections longer',
  ],
  ['a certificate for every name', TLS, 'sniStrict: true', 'sniStrict: false', 'a certificate is shown'],
  ['old TLS', TLS, 'VersionTLS12', 'VersionTLS10', 'tls.options.default.minVersion'],
  [
    'another HSTS than the API’s',
    MIDDLEWARES,
    'stsSeconds: 63072000',
    'stsSeconds: 300',
    'strict-transport-security to "max-age=300; includeSubDomains"',
  ],
  ['frames', MIDDLEWARES, 'frameDeny: true', 'frameDeny: false', 'x-frame-options'],
  [
    'a policy over the API’s own',
    MIDDLEWARES,
    "Server: ''",
    "Server: ''\n          Content-Security-Policy: default-src *",
    "overwrites the API's own Content-Security-Policy",
  ],
  ['the name of the server', MIDDLEWARES, "          Server: ''\n", '', 'lets Server through'],
  [
    'bodies that are too small',
    MIDDLEWARES,
    'maxRequestBodyBytes: 2000000',
    'maxRequestBodyBytes: 100000',
    'refuses bodies of 1000000 bytes',
  ],
  [
    'articles that may be larger',
    ARTICLES,
    'BODY_LIMIT_BYTES = 1_000_000',
    'BODY_LIMIT_BYTES = 3_000_000',
    'refuses bodies of 3000000 bytes',
  ],
  [
    'bodies on a disk that cannot be written to',
    MIDDLEWARES,
    'memRequestBodyBytes: 2000000',
    'memRequestBodyBytes: 1000000',
    'a disk it has not',
  ],
  [
    'sign-in as free as all else',
    MIDDLEWARES,
    'average: 30\n        burst: 60\n        period: 1m',
    'average: 60\n        burst: 60\n        period: 1s',
    'signing in is not limited more',
  ],
  [
    'sign-in stricter than the API',
    MIDDLEWARES,
    'average: 30\n        burst: 60',
    'average: 5\n        burst: 5',
    'allows less than the API does',
  ],
  [
    'no limit for signing in',
    MIDDLEWARES,
    '    sign-in-rate-limit:\n      rateLimit:',
    '    sign-in-limit:\n      rateLimit:',
    'none for signing in',
  ],
];

test('Traefik’s configuration has no mistake', () => {
  expect(traefikFindings(projectText)).toEqual([]);
});

test.each(MISTAKES)('%s is found', (...mistake) => {
  const finding = mistake[4];

  expect(traefikFindings(projectWith(mistake))).toContainEqual(expect.stringContaining(finding));
});

test.each([
  ['310s', 310],
  ['1m30s', 90],
  ['100ms', 0.1],
  ['2h', 7200],
])('%s is %d seconds', (duration, seconds) => {
  expect(secondsOf(duration)).toBeCloseTo(seconds);
});

test.each(['', '10', '10 s', 's', '1d'])('"%s" is no duration', duration => {
  expect(() => secondsOf(duration)).toThrow('is no duration');
});
