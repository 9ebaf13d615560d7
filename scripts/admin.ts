// What an admin does from the command line. `node scripts/admin.ts help` lists the commands.
import { randomBytes } from 'node:crypto';
import {
  addSigningKey,
  isKeyFolder,
  retireSigningKey,
  SigningKeys,
} from '../src/accounts/data/signing-keys.ts';
import { Email } from '../src/accounts/domain/email.ts';
import { Username } from '../src/accounts/domain/username.ts';
import { AdminService } from '../src/accounts/services/admin-service.ts';
import { RegistrationService } from '../src/accounts/services/registration-service.ts';
import { readConfiguration } from '../src/configuration.ts';
import type { Built } from '../src/container.ts';
import { type CompleteConfiguration, withDevelopmentSecrets } from '../src/development-secrets.ts';
import { InvalidConfiguration } from '../src/environment.ts';
import { InvalidFields } from '../src/shared/domain/domain-error.ts';
import type { AccountId } from '../src/shared/domain/identity.ts';
import { createLogger } from '../src/shared/presentation/logger.ts';

const USAGE = 64;
const BY = 'command line';

/** What a command works with. The product takes a second to load, so only what needs it opens it. */
class Desk implements AsyncDisposable {
  readonly configuration: CompleteConfiguration;
  #product: Built | undefined;

  constructor(configuration: CompleteConfiguration) {
    this.configuration = configuration;
  }

  async product(): Promise<Built> {
    const { build } = await import('../src/container.ts');
    return (this.#product ??= await build(this.configuration, { logger: createLogger('silent') }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#product?.close();
  }
}

interface Command {
  readonly usage: string;
  readonly help: string;
  run(desk: Desk, ...parameters: (string | undefined)[]): Promise<unknown>;
}

class WrongUsage extends Error {}

const onAccount =
  (act: (admin: AdminService, id: AccountId) => Promise<void>): Command['run'] =>
  async (desk, parameter) => {
    const email = Email.of(required(parameter));
    const admin = (await desk.product()).container.get(AdminService);
    await act(admin, await admin.idOf(email));
    return 'done';
  };

const required = (parameter: string | undefined): string => {
  if (parameter === undefined) throw new WrongUsage();
  return parameter;
};

const keyFolder = ({ configuration: { signingKeys } }: Desk): string => {
  if (isKeyFolder(signingKeys)) return signingKeys;
  throw new Error('SIGNING_KEYS holds the keys themselves: change the variable, the newest key last.');
};

const commands: Readonly<Record<string, Command>> = {
  list: {
    usage: 'list [SEARCH]',
    help: 'accounts, newest first; SEARCH is part of an address or username',
    run: async (desk, search) => {
      const { container } = await desk.product();
      const { items, total } = await container
        .get(AdminService)
        .list(search ?? null, { page: 1, limit: 100 });
      const accounts = items.map(({ account, user }) => ({
        email: account.email,
        username: user.username,
        standing: account.standing,
        role: account.role,
        created_at: account.createdAt.toISOString(),
        id: account.id,
      }));
      return { total, accounts };
    },
  },
  create: {
    usage: 'create EMAIL USERNAME',
    help: 'open an account without a mail; prints its first password',
    run: async (desk, email, username) => {
      const password = randomBytes(15).toString('base64url');
      const who = { email: Email.of(required(email)), username: Username.of(required(username)) };
      const { container } = await desk.product();
      await container.get(RegistrationService).openVouched({ ...who, password, timeZone: undefined });
      return { email: who.email.value, username: who.username.value, password };
    },
  },
  ban: {
    usage: 'ban EMAIL',
    help: 'keep an account from signing in, and end its sessions',
    run: onAccount((admin, id) => admin.ban(id, BY)),
  },
  unban: { usage: 'unban EMAIL', help: 'lift a ban', run: onAccount((admin, id) => admin.unban(id, BY)) },
  'end-sessions': {
    usage: 'end-sessions EMAIL',
    help: 'log an account out everywhere',
    run: onAccount((admin, id) => admin.endSessions(id, BY)),
  },
  'reset-password': {
    usage: 'reset-password EMAIL',
    help: 'mail the person a link to set a new password',
    run: onAccount((admin, id) => admin.startReset(id)),
  },
  'grant-admin': {
    usage: 'grant-admin EMAIL',
    help: 'give an account the admin role',
    run: onAccount((admin, id) => admin.giveRole(id, 'admin', BY)),
  },
  'revoke-admin': {
    usage: 'revoke-admin EMAIL',
    help: 'take the admin role away',
    run: onAccount((admin, id) => admin.giveRole(id, 'member', BY)),
  },
  keys: {
    usage: 'keys',
    help: 'the signing keys, oldest first; the last one signs',
    run: ({ configuration }) =>
      Promise.resolve({
        keys: new SigningKeys(configuration.signingKeys)
          .all()
          .map(({ kid, privateKey }) => ({ kid, can_sign: privateKey !== null })),
      }),
  },
  'rotate-key': {
    usage: 'rotate-key',
    help: 'add a signing key; running servers use it within half a minute, nobody is logged out',
    run: desk => Promise.resolve({ file: addSigningKey(keyFolder(desk), new Date()) }),
  },
  'retire-key': {
    usage: 'retire-key KID',
    help: 'take an old key out of service, once its last token has expired',
    run: (desk, kid) => {
      if (retireSigningKey(keyFolder(desk), required(kid))) return Promise.resolve('done');
      throw new Error('There is no such key, or it is the one that signs.');
    },
  },
  outbox: {
    usage: 'outbox',
    help: 'events (mails among them) that could not be delivered for days',
    run: async desk => ({ given_up: await (await desk.product()).delivery.listGivenUp() }),
  },
  'retry-event': {
    usage: 'retry-event ID',
    help: 'deliver such an event again',
    run: async (desk, parameter) => {
      const id = required(parameter);
      const { delivery } = await desk.product();
      if (await delivery.retry(id)) return 'done';
      throw new Error('There is no such event.');
    },
  },
  'retry-held': {
    usage: 'retry-held',
    help: 'deliver every mail that was held because the database was restored',
    run: async desk => ({ released: await (await desk.product()).delivery.retryHeld() }),
  },
};

const help = (): string =>
  Object.values(commands)
    .map(({ usage, help: text }) => `  ${usage.padEnd(24)} ${text}`)
    .join('\n');

const print = (result: unknown, asJson: boolean): void => {
  if (asJson) console.log(JSON.stringify(result));
  else if (typeof result === 'string') console.log(result);
  else for (const value of Object.values(result as object)) printValue(value);
};

const printValue = (value: unknown): void => {
  if (!Array.isArray(value)) console.log(String(value));
  else if (value.length === 0) console.log('none');
  else console.table(value);
};

const explain = (error: unknown): string => {
  if (error instanceof InvalidFields) return error.errors.map(({ detail }) => detail).join('\n');
  return error instanceof Error ? error.message : String(error);
};

const main = async (): Promise<number> => {
  // Not `parseArgs`: to it a key id that begins with a hyphen, as one in 64 does, is an option.
  const words = process.argv.slice(2);
  const asJson = words.includes('--json');
  const [name = 'help', ...parameters] = words.filter(word => word !== '--json');
  const command = commands[name];
  if (!command) {
    console.error(`Usage: make admin COMMAND [...] (or ARGS='COMMAND ... --json')\n${help()}`);
    return name === 'help' ? 0 : USAGE;
  }
  await using desk = new Desk(withDevelopmentSecrets(readConfiguration(process.env)));
  try {
    print(await command.run(desk, ...parameters), asJson);
    return 0;
  } catch (error) {
    if (error instanceof WrongUsage) {
      console.error(`Usage: make admin ${command.usage}`);
      return USAGE;
    }

    console.error(explain(error));
    return 1;
  }
};

try {
  process.exitCode = await main();
} catch (error) {
  console.error(explain(error));
  process.exitCode = error instanceof InvalidConfiguration ? 78 : 1;
}
