import type { Account } from '../../../../src/accounts/domain/account.ts';
import { Unavailable } from '../../../../src/shared/domain/domain-error.ts';
import { DATABASE_RESTORED } from '../../../../src/shared/domain/events.ts';
import { aWorld, refusal, type World } from '../../../support/builders/accounts-world.ts';

let world: World;
beforeEach(() => {
  world = aWorld();
});

/** What a worker does with the news that the database was restored. */
const hearOfRestore = async (): Promise<void> => {
  world.store.events.push({ type: DATABASE_RESTORED, payload: {} });
  await world.deliver();
};

const write = (account: Account, aggregate: Account | null): void => {
  const version = world.store.versionOf('accounts', account.id);
  world.store.apply([{ table: 'accounts', key: account.id, aggregate, version }], []);
};

/** As the repair of the database does it. */
const moveEpochs = (): void => {
  for (const account of world.store.all('accounts'))
    write(account, Object.assign(account, { _epoch: 170_000_000 }));
};

const loggedIn = async (name: string) => {
  const id = await world.person(name);
  return { id, login: await world.logIn(name) };
};

test('a session from before the restore ends, and says why', async () => {
  const { id, login } = await loggedIn('ada');
  moveEpochs();

  await hearOfRestore();

  expect(await world.liveSessions(id)).toEqual([]);
  expect(await refusal(world.callerOf(login))).toBe('session_revoked');
  const { sessionId } = world.accessTokens.verify(login.tokens.accessToken);
  expect((await world.sessionStore.byId(sessionId))?.snapshot().ended?.reason).toBe('database_restored');
});

test('a session that began after it stays, however often the news comes', async () => {
  await world.person('ada');
  moveEpochs();
  const login = await world.logIn('ada');

  await hearOfRestore();
  await hearOfRestore();
  await world.deliverAgain();

  await expect(world.callerOf(login)).resolves.toBeDefined();
});

test('so does one of an account that was opened after it, in the first of its epochs', async () => {
  await loggedIn('ada');
  moveEpochs();
  const { login } = await loggedIn('grace');

  await hearOfRestore();

  await expect(world.callerOf(login)).resolves.toBeDefined();
});

test('a session of an account that was never there ends', async () => {
  const { login } = await loggedIn('ada');
  for (const account of world.store.all('accounts')) write(account, null);

  await hearOfRestore();

  expect(await refusal(world.callerOf(login))).toBe('session_revoked');
});

test('while the session store is down the news waits', async () => {
  const { id } = await loggedIn('ada');
  moveEpochs();
  world.sessionStore.isDown = true;

  await expect(hearOfRestore()).rejects.toBeInstanceOf(Unavailable);
  world.sessionStore.isDown = false;
  await world.deliverAgain();

  expect(await world.liveSessions(id)).toEqual([]);
});
