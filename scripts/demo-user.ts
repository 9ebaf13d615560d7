// Makes sure that a development database has somebody to log in as, and says who.
// Usage: node scripts/demo-user.ts
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RegistrationService } from '../src/accounts/services/registration-service.ts';
import { HASHER, QUERIES, WORK } from '../src/accounts/tokens.ts';
import { Email } from '../src/accounts/domain/email.ts';
import { Username } from '../src/accounts/domain/username.ts';
import { readConfiguration } from '../src/configuration.ts';
import { build } from '../src/container.ts';
import { createLogger } from '../src/shared/presentation/logger.ts';

const EMAIL = 'demo@daymark.example';

const configuration = readConfiguration(process.env);
if (configuration.production) throw new Error('A demo user has no place in production.');

const file = join(configuration.dataDirectory, 'secrets', 'demo-password');

const keptPassword = (): string | null => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
};

const newPassword = (): string => {
  const password = randomBytes(12).toString('base64url');
  mkdirSync(join(configuration.dataDirectory, 'secrets'), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return password;
};

const built = await build(configuration, { logger: createLogger('silent') });
const { container } = built;
try {
  const credentials = await container.get(QUERIES).credentialsByEmail(EMAIL);
  const kept = keptPassword();
  const hasher = container.get(HASHER);
  const isCurrent =
    credentials && kept !== null && (await hasher.verify(kept, credentials.passwordHash)).matches;
  const password = isCurrent ? kept : newPassword();
  if (!credentials) {
    const request = { email: Email.of(EMAIL), password, username: Username.of('demo'), timeZone: undefined };
    await container.get(RegistrationService).openVouched(request);
  } else if (!isCurrent) {
    // The database has a demo user whose password nobody here knows any more.
    const hash = await hasher.hash(password);
    await using work = await container.get(WORK).begin();
    const account = await work.accounts.byId(credentials.accountId);
    account?.rehashPassword(hash);
    await work.commit();
  }
  console.log(`Demo user  ${EMAIL}\npassword   ${password}`);
} finally {
  await built.close();
}
