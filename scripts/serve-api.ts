// Serves the API with everything it needs: databases, migrations and somebody to log in as.
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Foreground } from './services/foreground.ts';
import { provideServices } from './services/private-services.ts';
import { inProduction, loadEnvironmentFile } from './services/project.ts';
import { failWith } from './services/report.ts';
import { welcome } from './services/welcome.ts';

/** Passes the log of the server on, and greets once it listens. */
const greetWhenListening = (output: Readable): void => {
  createInterface({ input: output }).on('line', line => {
    process.stdout.write(`${line}\n`);
    if (line.includes('"msg":"listening"'))
      process.stdout.write(welcome((JSON.parse(line) as { url: string }).url));
  });
};

const serve = async (foreground: Foreground): Promise<number> => {
  await using stack = new AsyncDisposableStack();
  const urls = await provideServices(stack, { memoryAllowed: true });
  const environment = { ...process.env, ...urls };

  // In production the database belongs to somebody; what is missing there is the server's own to report.
  const steps = inProduction() ? [] : [['scripts/migrate.ts', 'up'], ['scripts/demo-user.ts']];
  for (const step of steps) {
    const code = await foreground.run([process.execPath, ...step], environment);
    if (code !== 0) return code;
  }
  return await foreground.run([process.execPath, 'src/main.ts'], environment, greetWhenListening);
};

loadEnvironmentFile();
try {
  process.exitCode = await serve(new Foreground());
} catch (error) {
  failWith(error);
}
