// Stops what start-dev-dbs started. The data stay.
import { composeDown, hasCompose } from './services/docker-compose.ts';
import { stopPostgres } from './services/postgres-server.ts';
import { postgresFolder, redisFolder } from './services/private-services.ts';
import { loadEnvironmentFile } from './services/project.ts';
import { stopRedis } from './services/redis-server.ts';
import { failWith } from './services/report.ts';

loadEnvironmentFile();
try {
  if (hasCompose()) composeDown();
  const stopped = [
    (await stopPostgres(postgresFolder())) ? 'Postgres' : '',
    (await stopRedis(redisFolder())) ? 'Redis' : '',
  ].filter(name => name !== '');
  if (stopped.length > 0) console.error(`Stopped ${stopped.join(' and ')}.`);
} catch (error) {
  failWith(error);
}
