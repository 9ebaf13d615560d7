import { newId } from '../../../../src/shared/services/new-id.ts';
import { articleWorkContract } from '../../../support/article-work-contract.ts';
import { PublishingStore } from '../../../support/fakes/publishing-store.ts';
import { FakeArticleWork } from '../../../support/fakes/publishing-work.ts';

const store = new PublishingStore();

articleWorkContract('memory', () => ({
  units: FakeArticleWork.over(store),
  author: () => {
    const id = newId<'AccountId'>();
    store.accounts.set(id, true);
    return Promise.resolve(id);
  },
  ban: id => {
    store.accounts.set(id, false);
    return Promise.resolve();
  },
}));
