import { MikroORM } from '@mikro-orm/postgresql';
import { MikroAccountsWork } from '../../../src/accounts/data/mikro-accounts-work.ts';
import { UsernameClaim } from '../../../src/accounts/domain/username-claim.ts';
import { mappings } from '../../../src/mappings.ts';
import { MikroPublishingWork } from '../../../src/publishing/data/mikro-publishing-work.ts';
import { SlugClaim } from '../../../src/publishing/domain/slug-claim.ts';
import { Tag } from '../../../src/publishing/domain/tag.ts';
import type {
  PublishingWork,
  PublishingWorkFactory,
} from '../../../src/publishing/services/publishing-work.ts';
import { ormOptions } from '../../../src/shared/data/orm.ts';
import { Sql } from '../../../src/shared/data/postgres.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import { StaleAggregate } from '../../../src/shared/domain/domain-error.ts';
import { newId } from '../../../src/shared/services/new-id.ts';
import { articleWorkContract } from '../../support/article-work-contract.ts';
import { anAccount, aProfile, later } from '../../support/builders/accounts.ts';
import { aDraft, anArticle } from '../../support/builders/articles.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { MovableClock } from '../../support/fakes/movable-clock.ts';

let database: TestDatabase;
let orm: MikroORM;
let sql: Sql;
let units: PublishingWorkFactory;

beforeAll(async () => {
  database = await createDatabase();
  orm = new MikroORM(ormOptions(database.url, 20, mappings));
  sql = new Sql(await orm.em.getConnection().getNativeClient());
  units = MikroPublishingWork.over({ em: orm.em, clock: new MovableClock(), onEvents: () => undefined });
});

afterAll(async () => {
  await orm.close();
  await database.drop();
});

const author = async (): Promise<AccountId> => {
  const ground = { em: orm.em, clock: new MovableClock(), onEvents: () => undefined };
  await using work = await MikroAccountsWork.over(ground).begin();
  const account = anAccount();
  const profile = aProfile(account.id);
  work.accounts.add(account);
  work.profiles.add(profile);
  work.usernames.add(UsernameClaim.held(profile.username, account.id));
  await work.commit();
  return account.id;
};

articleWorkContract('Postgres', () => ({
  units,
  author,
  ban: async id => {
    await sql.query(`update accounts set standing = 'banned' where id = $1`, [id]);
  },
}));

const inUnit = async (task: (work: PublishingWork) => unknown): Promise<void> => {
  await using work = await units.begin();
  await task(work);
  await work.commit();
};

const store = (article: ReturnType<typeof anArticle>) =>
  inUnit(work => {
    work.articles.add(article);
    work.slugs.add(SlugClaim.of(article.slug, article.id));
  });

describe('the kept totals', () => {
  /** What they say, and what counting says. */
  const totals = async () => {
    const kept = await sql.query('select scope, total from article_totals where total <> 0 order by scope');
    const counted = await sql.query(`
      with seen as (select * from articles where status = 'published' and not withheld)
      select scope, count(*)::int as total from (
        select '' as scope from seen
        union all select 'author:' || author_id from seen
        union all select 'tag:' || unnest(tags) from seen) each group by scope order by scope`);
    return { kept, counted };
  };

  test('are right after every kind of change', async () => {
    const by = newId<'AccountId'>();
    const article = anArticle({ author: by, tags: ['one', 'two'] });
    const change = (act: (found: typeof article) => void) =>
      inUnit(async work => act((await work.articles.byId(article.id))!));
    const steps: readonly (() => Promise<unknown>)[] = [
      () => store(article),
      () => store(anArticle({ author: by, tags: ['two', 'three'] })),
      () => store(aDraft({ author: by })),
      () =>
        change(found =>
          found.tagAs(
            ['two', 'four'].map(tag => Tag.of(tag)),
            later(9),
          ),
        ),
      () => change(found => found.unpublish(later(9))),
      () => change(found => found.tagAs([Tag.of('five')], later(9))),
      () => change(found => found.publish(later(9))),
      () => inUnit(work => work.articles.withholdSomeOf(by, true, 1)),
      () => inUnit(work => work.articles.withholdSomeOf(by, true, 9)),
      () => inUnit(work => work.articles.withholdSomeOf(by, false, 9)),
      () => inUnit(async work => work.articles.remove((await work.articles.byId(article.id))!)),
      () => inUnit(work => work.articles.removeSomeOf(by, 9)),
    ];
    for (const [index, step] of steps.entries()) {
      await step();
      const { kept, counted } = await totals();
      expect([index, kept]).toEqual([index, counted]);
    }
  });

  test('are right after many changes at once, and nobody waits in a circle', async () => {
    const tags = ['a', 'b', 'c', 'd', 'e', 'f'];
    const some = (seed: number) => tags.filter((_, index) => ((seed * 7) >> index) % 2 === 1);
    const authors = Array.from({ length: 4 }, () => newId<'AccountId'>());
    const life = async (by: AccountId, seed: number): Promise<void> => {
      const article = anArticle({ author: by, tags: some(seed) });
      await store(article);
      for (let round = 1; round <= 4; round++)
        await inUnit(async work => {
          const found = await work.articles.byId(article.id);
          found?.tagAs(
            some(seed + round)
              .toReversed()
              .map(tag => Tag.of(tag)),
            later(round),
          );
          if (round === 2) found?.unpublish(later(round));
          if (round === 3) found?.publish(later(round));
        });
    };
    const follow = async (by: AccountId): Promise<void> => {
      for (let round = 0; round < 6; round++)
        await inUnit(work => work.articles.withholdSomeOf(by, round % 2 === 0, 100));
    };

    const ended = await Promise.allSettled([
      ...authors.flatMap((by, index) => [life(by, index), life(by, index + 11), follow(by)]),
      ...authors.map(by => inUnit(work => work.articles.removeSomeOf(by, 1))),
    ]);

    const failures = ended.flatMap(each => (each.status === 'rejected' ? [each.reason as unknown] : []));
    // An article may be removed while it is being changed; that is all that may go wrong.
    expect(failures.filter(each => !(each instanceof StaleAggregate))).toEqual([]);
    const { kept, counted } = await totals();
    expect(kept).toEqual(counted);
    expect(kept.length).toBeGreaterThan(3);
  });
});
