// Runs a command with DATABASE_URL and REDIS_URL, of private servers where they are not set.
// Usage: node scripts/dev-services.ts [--postgres] COMMAND [ARGUMENT ...]; with --postgres the command needs no Redis.
import { Foreground } from './services/foreground.ts';
import { provideServices } from './services/private-services.ts';
import { loadEnvironmentFile } from './services/project.ts';
import { failWith } from './services/report.ts';

const words = process.argv.slice(2);
const redis = words[0] !== '--postgres';
const command = redis ? words : words.slice(1);

loadEnvironmentFile();
const foreground = new Foreground();
try {
  await using stack = new AsyncDisposableStack();
  const urls = await provideServices(stack, { redis });
  process.exitCode = await foreground.run(command, { ...process.env, ...urls });
} catch (error) {
  failWith(error);
}
