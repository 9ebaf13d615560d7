import { accountsWorkContract } from '../../../support/accounts-work-contract.ts';
import { AccountsStore } from '../../../support/fakes/accounts-store.ts';
import { FakeAccountsWork } from '../../../support/fakes/fake-accounts-work.ts';

const store = new AccountsStore();
const units = FakeAccountsWork.over(store);

accountsWorkContract('memory', () => ({
  units,
  events: () => Promise.resolve(store.events),
  trailOf: accountId =>
    Promise.resolve(
      store
        .all('audit')
        .filter(entry => entry.accountId === accountId)
        .map(({ kind, ip, device, details }) => ({ kind, ip, device, details })),
    ),
}));
