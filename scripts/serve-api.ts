// Serves the API with everything it needs: databases, migrations and somebody to log in as.
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { readConfiguration } from '../src/configuration.ts';
import { Foreground } from './services/foreground.ts';
import { provideServices } from './services/private-services.ts';
import { dataDirectory, inProduction, loadEnvironmentFile } from './services/project.ts';
import { failWith } from './services/report.ts';
import { welcome } from './services/welcome.ts';

/** The name under which a browser may change something; the number that the server listens on is another origin. */
const publicUrl = (listeningUrl: string): string =>
  process.env.PUBLIC_URL ?? `http://localhost:${new URL(listeningUrl).port}`;

/** Passes the log of the server on, and greets once it listens. */
const greetWhenListening = (output: Readable, demoUser: string): void => {
  createInterface({ input: output }).on('line', line => {
    process.stdout.write(`${line}\n`);
    if (line.includes('"msg":"listening"'))
      process.stdout.write(welcome(publicUrl((JSON.parse(line) as { url: string }).url), demoUser));
  });
};

/** Tells what is wrong before anything is started for it; the addresses of private servers come later. */
const checkConfiguration = (): void => {
  readConfiguration({
    ...process.env,
    DATABASE_URL: process.env.DATABASE_URL || 'postgres://127.0.0.1/private',
    REDIS_URL: process.env.REDIS_URL || 'redis://127.0.0.1',
  });
};

const serve = async (foreground: Foreground): Promise<number> => {
  if (!inProduction()) checkConfiguration();
  await using stack = new AsyncDisposableStack();
  const urls = await provideServices(stack, { memoryAllowed: true });
  const environment = {
    NODE_COMPILE_CACHE: join(dataDirectory(), 'compile-cache'),
    ...process.env,
    ...urls,
  };
  const run = (script: string[], onOutput?: (output: Readable) => void) =>
    foreground.run([process.execPath, ...script], environment, onOutput);

  let demoUser = '';
  // In production the database belongs to somebody; what is missing there is the server's own to report.
  if (!inProduction()) {
    const failed =
      (await run(['scripts/migrate.ts', 'up'])) ||
      (await run(['scripts/demo-user.ts'], output => {
        output.setEncoding('utf8').on('data', (text: string) => {
          demoUser += text;
        });
      }));
    if (failed) return failed;
  }
  return await run(['src/main.ts'], output => greetWhenListening(output, demoUser));
};

loadEnvironmentFile();
try {
  process.exitCode = await serve(new Foreground());
} catch (error) {
  failWith(error);
}
