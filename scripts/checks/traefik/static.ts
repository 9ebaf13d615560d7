import { secondsOf } from '../duration.ts';
import { uploadSeconds } from '../product-facts.ts';
import type { ReadText } from '../project-text.ts';
import type { StaticConfiguration } from './shape.ts';

/** Settings that are well-formed, and wrong or dangerous. */
export const staticFindings = (
  path: string,
  configuration: StaticConfiguration,
  read: ReadText,
): string[] => {
  const findings: string[] = [];
  const wants = (holds: unknown, finding: string): void => {
    if (!holds) findings.push(`${path}: ${finding}`);
  };
  const { entryPoints, api, ping, metrics, accessLog, certificatesResolvers } = configuration;
  const { web, websecure } = entryPoints;

  const redirect = web?.http?.redirections?.entryPoint;
  wants(redirect?.to === 'websecure', 'plain HTTP is not sent on to HTTPS (redirections)');
  wants(redirect?.permanent, 'the way from HTTP to HTTPS is not permanent');
  wants(
    web?.address === ':80' && websecure?.address === ':443',
    'the public entry points are not 80 and 443',
  );
  wants(websecure?.asDefault, 'websecure is not the entry point of routers that name none (asDefault)');
  wants(websecure?.http?.tls, 'websecure does not speak TLS');
  for (const [name, { address, forwardedHeaders }] of Object.entries(entryPoints)) {
    wants(!address.endsWith(':8080'), `${name} listens on 8080, where Traefik's insecure API used to be`);
    wants(
      ['web', 'websecure'].includes(name) || address.startsWith('127.0.0.1:'),
      `${name} listens to everybody`,
    );
    wants(!forwardedHeaders?.insecure, `${name} believes every X-Forwarded-For (forwardedHeaders.insecure)`);
  }
  wants(
    websecure?.forwardedHeaders?.trustedIPs.length === 0,
    'websecure believes the X-Forwarded-For of others',
  );
  wants(!api.insecure, 'the API is open to everybody (api.insecure)');
  wants(!api.dashboard, 'the dashboard is on (api.dashboard)');
  for (const [what, { entryPoint }] of Object.entries({ ping, metrics: metrics.prometheus }))
    wants(entryPoint === 'internal' && entryPoints.internal, `${what} is not on the internal entry point`);

  const encoded = Object.values(websecure?.http?.encodedCharacters ?? { missing: true });
  wants(!encoded.includes(true), 'encoded slashes, backslashes or NULs get through (encodedCharacters)');

  const { transport } = websecure ?? {};
  wants(
    transport && secondsOf(transport.respondingTimeouts.readTimeout) > uploadSeconds(read),
    `uploads are cut off before the ${uploadSeconds(read)} s that the API allows (readTimeout)`,
  );
  wants(
    transport && secondsOf(transport.respondingTimeouts.writeTimeout) === 0,
    'slow downloads are cut off (writeTimeout)',
  );

  wants(accessLog.fields.headers.defaultMode === 'drop', 'the access log has headers that nobody chose');
  for (const [header, mode] of Object.entries(accessLog.fields.headers.names))
    wants(
      mode !== 'keep' || !/authorization|cookie|token|key/i.test(header),
      `the access log has secrets (${header})`,
    );

  const stores = Object.values(certificatesResolvers).map(({ acme }) => acme.storage);
  wants(new Set(stores).size === stores.length, 'two certificate resolvers share a file (storage)');
  wants(
    stores.every(store => store.startsWith('/acme/')),
    'certificates are not kept in /acme, where the volume is (storage)',
  );
  return findings;
};
