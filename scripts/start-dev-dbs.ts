// Starts Postgres and Redis for development and leaves them running. The lines on its output can be given to a shell:
//   eval "$(make --silent start-dev-dbs)"
import { composeUp, hasCompose } from './services/docker-compose.ts';
import { provideServices } from './services/private-services.ts';
import { dataDirectory, loadEnvironmentFile } from './services/project.ts';
import { failWith } from './services/report.ts';

loadEnvironmentFile();
delete process.env.DATABASE_URL;
delete process.env.REDIS_URL;
try {
  const docker = hasCompose();
  // Background servers outlive the stack on purpose, so it is never disposed.
  const urls = docker ? composeUp() : await provideServices(new AsyncDisposableStack(), { background: true });
  console.error(
    docker
      ? 'Postgres and Redis run in Docker.'
      : `Postgres and Redis run in the background, with their data in ${dataDirectory()}.`,
  );
  for (const [name, value] of Object.entries(urls)) console.log(`export ${name}=${value}`);
} catch (error) {
  failWith(error);
}
