// Whether the server in this container is well, told by the exit code. Usage: node scripts/image/healthcheck.ts
import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DEADLINE_MS = 4_000;

// At first it has to be ready, so that an update whose configuration is wrong stops before the old replicas are gone.
// From then on it has to live: while Postgres is down, replacing every replica would heal nothing.
const mark = join(tmpdir(), 'was-ready');
const page = existsSync(mark) ? 'healthz' : 'readyz';

try {
  const { ok } = await fetch(`http://127.0.0.1:${process.env.PORT ?? '3000'}/${page}`, {
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  if (ok) writeFileSync(mark, '');
  process.exitCode = ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
