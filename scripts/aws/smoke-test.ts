import { lookUntil, type Patience } from './patience.ts';

const ONE_REQUEST_MS = 10_000;
/** What one answer proves little about: the proxy asks several replicas in turn, and forgets old ones with a delay. */
const IN_A_ROW = 6;

export type Fetch = (url: string) => Promise<Response>;

const overTheNetwork: Fetch = url =>
  fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(ONE_REQUEST_MS) });

const revisionIn = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && 'revision' in body ? body.revision : undefined;

/** What is wrong with the site as everybody sees it; null when nothing is. */
const problemOf = async (domain: string, revision: string, get: Fetch): Promise<string | null> => {
  const readiness = await get(`https://${domain}/readyz`);
  await readiness.body?.cancel();
  if (readiness.status !== 200) return `https://${domain}/readyz answers ${readiness.status}`;

  const version = await get(`https://${domain}/version`);
  if (version.status !== 200) return `https://${domain}/version answers ${version.status}`;
  const running = revisionIn(await version.json());
  if (running !== revision) return `https://${domain}/version says ${String(running)}, not ${revision}`;

  const plain = await get(`http://${domain}/readyz`);
  await plain.body?.cancel();
  const target = plain.headers.get('location') ?? '';
  return [301, 302, 307, 308].includes(plain.status) && target.startsWith(`https://${domain}/`)
    ? null
    : `http://${domain} answers ${plain.status} and leads to ${target === '' ? 'nowhere' : target}`;
};

/**
 * Asks over the public name until the new release, and it alone, has answered several times in a row.
 * @throws {Impatience} with the last thing that was wrong.
 */
export const smokeTest = async (
  domain: string,
  revision: string,
  patience: Patience,
  get: Fetch = overTheNetwork,
): Promise<void> => {
  let problem = 'nothing was asked';
  let good = 0;
  await lookUntil(
    patience,
    () => problem,
    async () => {
      const found = await problemOf(domain, revision, get).catch((error: unknown) =>
        error instanceof Error ? `https://${domain}: ${error.message}` : String(error),
      );
      good = found === null ? good + 1 : 0;
      problem = found ?? `only ${good} good answers in a row`;
      return good >= IN_A_ROW ? true : null;
    },
  );
};
