import { newId } from '../../../../src/shared/services/new-id.ts';
import { FakeGuestbookWork, GuestbookStore } from '../../../support/fakes/fake-guestbook-work.ts';
import { guestbookWorkContract } from '../../../support/guestbook-work-contract.ts';

const store = new GuestbookStore();
const units = FakeGuestbookWork.over(store);

guestbookWorkContract('memory', () => ({
  units,
  openAccount: () => {
    const id = newId<'AccountId'>();
    store.accounts.add(id);
    return Promise.resolve(id);
  },
  seenOn: page => Promise.resolve(store.seenOn(page)),
}));
