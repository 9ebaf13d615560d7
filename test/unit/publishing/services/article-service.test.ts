import { newId } from '../../../../src/shared/services/new-id.ts';
import type { AccountId } from '../../../../src/shared/domain/identity.ts';
import { TooManyAttempts } from '../../../../src/shared/domain/domain-error.ts';
import {
  ArticleNotFound,
  AuthorGone,
  NotYourArticle,
  SlugTaken,
} from '../../../../src/publishing/domain/errors.ts';
import { Slug } from '../../../../src/publishing/domain/slug.ts';
import { SlugClaim } from '../../../../src/publishing/domain/slug-claim.ts';
import { Tag } from '../../../../src/publishing/domain/tag.ts';
import { Title } from '../../../../src/publishing/domain/title.ts';
import { ArticleRerendering } from '../../../../src/publishing/services/article-rerendering.ts';
import { ArticleService, type NewArticle } from '../../../../src/publishing/services/article-service.ts';
import { AuthorArticles } from '../../../../src/publishing/services/author-articles.ts';
import type { ArticleWork, ArticleWorkFactory } from '../../../../src/publishing/services/publishing-work.ts';
import { SlugClaims } from '../../../../src/publishing/services/slug-claims.ts';
import { MovableClock } from '../../../support/fakes/movable-clock.ts';
import { FakeArticleLimits, FakeRenderer } from '../../../support/fakes/publishing-ports.ts';
import { PublishingStore } from '../../../support/fakes/publishing-store.ts';
import { FakeArticleWork } from '../../../support/fakes/publishing-work.ts';

let store: PublishingStore;
let units: ArticleWorkFactory;
let renderer: FakeRenderer;
let limits: FakeArticleLimits;
let articles: ArticleService;
let ada: AccountId;
let bob: AccountId;

const clock = new MovableClock();

const serviceOver = (factory: ArticleWorkFactory): ArticleService =>
  new ArticleService(factory, renderer, new SlugClaims(word => word), limits, clock);

beforeEach(() => {
  store = new PublishingStore();
  units = FakeArticleWork.over(store);
  renderer = new FakeRenderer();
  limits = new FakeArticleLimits();
  articles = serviceOver(units);
  [ada, bob] = [newId<'AccountId'>(), newId<'AccountId'>()];
  store.accounts.set(ada, true).set(bob, true);
});

/** A unit in which some methods are others. */
const changed = (change: (work: ArticleWork) => Partial<ArticleWork>): Promise<ArticleWork> =>
  units.begin().then(work => Object.assign(work, change(work)));

const facts = (more: Partial<NewArticle> & { name?: string } = {}): NewArticle => {
  const { name = 'A title', ...rest } = more;
  return { title: Title.of(name), body: 'Words.', status: 'published', ...rest };
};

const stored = (id: string) => store.all().find(({ article }) => article.id === id)?.article;
const slugOf = (id: string) => stored(id)?.slug.value ?? '';
const write = async (author = ada, more: Parameters<typeof facts>[0] = {}): Promise<string> =>
  await articles.write(author, facts(more));

describe('writing', () => {
  test('renders the text, finds a slug and keeps it all', async () => {
    const id = await write(ada, { tags: [Tag.of('one')], metaDescription: 'About.', featuredImage: null });

    expect(stored(id)).toMatchObject({
      authorId: ada,
      html: '<p>Words.</p>',
      metaDescription: 'About.',
      status: 'published',
      publishedAt: clock.now(),
    });
    expect(slugOf(id)).toBe('a-title');
    expect(store.claimOn('a-title')).toBe(id);
  });

  test('renders nothing that could not be kept, nor for who may not', async () => {
    const many = Array.from({ length: 11 }, (_, index) => Tag.of(`t${index}`));
    for (const wrong of [{ body: 'x'.repeat(500_001) }, { tags: many }, { metaDescription: 'x'.repeat(301) }])
      await expect(write(ada, wrong)).rejects.toMatchObject({ kind: 'invalid' });
    limits.isSpent = true;
    await expect(write()).rejects.toBeInstanceOf(TooManyAttempts);

    expect(renderer.rendered).toEqual([]);
    expect(store.all()).toEqual([]);
  });

  test('keeps nothing when the account goes while the text is being rendered', async () => {
    renderer.meanwhile = () => void store.accounts.delete(ada);

    await expect(write()).rejects.toBeInstanceOf(AuthorGone);

    expect(store.all()).toEqual([]);
  });

  test('holds no unit open while it renders', async () => {
    let open = 0;
    let openWhileRendering = -1;
    const counted: ArticleWorkFactory = {
      begin: () =>
        changed(work => {
          open++;
          const dispose = work[Symbol.asyncDispose].bind(work);
          return {
            [Symbol.asyncDispose]: async () => {
              open--;
              await dispose();
            },
          };
        }),
    };
    renderer.meanwhile = () => void (openWhileRendering = Math.max(openWhileRendering, open));
    const service = serviceOver(counted);

    const id = await service.write(ada, facts());
    await service.change(ada, slugOf(id), { body: 'Other words.' });

    expect([openWhileRendering, open]).toEqual([0, 0]);
  });
});

describe('slugs', () => {
  test('are numbered beyond the first hundred too, without a gap', async () => {
    const slugs = [];
    for (let count = 1; count <= 115; count++) slugs.push(slugOf(await write()));

    expect(slugs).toEqual(slugs.map((_, index) => (index === 0 ? 'a-title' : `a-title-${index + 1}`)));
  });

  test('are tried again when their numbers meet at the commit, a few times', async () => {
    let rivals = 3;
    const contested: ArticleWorkFactory = {
      begin: () =>
        changed(work => {
          const commit = work.commit.bind(work);
          return {
            commit: async () => {
              if (rivals-- > 0) throw new SlugTaken();
              await commit();
            },
          };
        }),
    };

    const id = await serviceOver(contested).write(ada, facts());
    rivals = 99;

    expect(slugOf(id)).toBe('a-title');
    await expect(serviceOver(contested).write(ada, facts())).rejects.toBeInstanceOf(SlugTaken);
    expect(renderer.rendered).toHaveLength(2);
  });

  test('of others are never taken, those of their past neither; one’s own may be taken back', async () => {
    const [mine, theirs] = [await write(ada, { name: 'Mine' }), await write(bob, { name: 'Theirs' })];
    await articles.change(bob, 'theirs', { slug: 'Moved' });
    await articles.change(ada, 'mine', { slug: 'Theirs' });
    expect(slugOf(mine)).toBe('theirs-2');

    await articles.change(ada, 'mine', { slug: 'mine' });

    expect([slugOf(mine), slugOf(theirs)]).toEqual(['mine', 'moved']);
    expect(['mine', 'theirs-2', 'theirs', 'moved'].map(slug => store.claimOn(slug))).toEqual([
      mine,
      mine,
      theirs,
      theirs,
    ]);
  });

  test('of what has no letters is a short id', async () => {
    expect(slugOf(await write(ada, { name: '?!' }))).toMatch(/^[0-9a-f]{10}$/);
  });
});

describe('changing', () => {
  test('renders again only what was rewritten, and nothing of what is not one’s own', async () => {
    await write();
    renderer.rendered.length = 0;

    await articles.change(ada, 'a-title', { title: Title.of('Other'), tags: [] });
    await expect(articles.change(bob, 'a-title', { body: 'Mine.' })).rejects.toBeInstanceOf(NotYourArticle);
    await expect(articles.change(ada, 'nothing', { body: 'Mine.' })).rejects.toBeInstanceOf(ArticleNotFound);

    expect(renderer.rendered).toEqual([]);
  });

  test('of a draft or of a banned author’s article by others says that there is none', async () => {
    await write(ada, { status: 'draft' });
    await expect(articles.publish(bob, 'a-title')).rejects.toBeInstanceOf(ArticleNotFound);
    await articles.publish(ada, 'a-title');
    await expect(articles.remove(bob, 'a-title')).rejects.toBeInstanceOf(NotYourArticle);

    store.accounts.set(ada, false);

    await expect(articles.remove(bob, 'a-title')).rejects.toBeInstanceOf(ArticleNotFound);
    await expect(articles.remove(ada, 'a-title')).rejects.toBeInstanceOf(AuthorGone);
  });

  test('works by every slug the article has had', async () => {
    const id = await write();
    await articles.change(ada, 'a-title', { slug: 'New' });

    await articles.unpublish(ada, 'a-title');
    await articles.change(ada, 'new', { metaDescription: 'Found.' });

    expect(stored(id)).toMatchObject({ status: 'draft', metaDescription: 'Found.' });
    await articles.remove(ada, 'a-title');
    expect(store.claimOn('new')).toBeNull();
  });
});

describe('rendering again', () => {
  const rerendering = () => new ArticleRerendering(units, renderer);

  test('takes what an older renderer made, once, and leaves what it refuses', async () => {
    const ids = [];
    for (let count = 0; count < 45; count++) ids.push(await write(ada, { body: `Text ${count}` }));
    renderer.version = 2;
    const newer = await write(ada, { body: 'Made by the new one.' });
    await using work = await units.begin();
    const complex = await work.articles.byId(ids[7] as never);
    complex!.rewrite('too complex', { ...(await renderer.render('x')), rendererVersion: 1 }, clock.now());
    await work.commit();
    renderer.rendered.length = 0;

    const first = await rerendering().rerenderOutdated();
    const second = await rerendering().rerenderOutdated();

    expect(first).toEqual({ rendered: 44, refused: [ids[7]] });
    expect(second).toEqual({ rendered: 0, refused: [ids[7]] });
    expect(renderer.rendered).toHaveLength(46);
    expect([stored(ids[44]!)?.rendererVersion, stored(newer)?.rendererVersion]).toEqual([2, 2]);
  });

  test('does not undo what the author does meanwhile', async () => {
    const [id, gone] = [await write(), await write()];
    renderer.version = 2;
    let isFirst = true;
    renderer.meanwhile = async () => {
      if (!isFirst) return;
      isFirst = false;
      // A server that has not been replaced yet.
      renderer.version = 1;
      await articles.change(ada, slugOf(id), { body: 'Rewritten meanwhile.' });
      renderer.version = 2;
      await articles.remove(ada, slugOf(gone));
    };

    expect(await rerendering().rerenderOutdated()).toEqual({ rendered: 0, refused: [] });
    expect(stored(id)).toMatchObject({ body: 'Rewritten meanwhile.', html: '<p>Rewritten meanwhile.</p>' });
  });

  test('counts each article once when two do it side by side', async () => {
    for (let count = 0; count < 30; count++) await write();
    renderer.version = 2;

    const both = await Promise.all([rerendering().rerenderOutdated(), rerendering().rerenderOutdated()]);

    expect(both.reduce((sum, { rendered }) => sum + rendered, 0)).toBe(30);
  });

  test('also takes what is withheld', async () => {
    const id = await write();
    store.accounts.set(ada, false);
    renderer.version = 2;

    expect(await rerendering().rerenderOutdated()).toEqual({ rendered: 1, refused: [] });
    expect(stored(id)?.rendererVersion).toBe(2);
  });
});

describe('the articles of an author', () => {
  const authors = () => new AuthorArticles(units);
  const many = async (author: AccountId, count: number): Promise<void> => {
    await using work = await units.begin();
    for (let index = 0; index < count; index++) {
      const id = await write(author, { name: `Number ${index}` });
      work.slugs.add(SlugClaim.of(Slug.stored(`${id}-old`), id as never));
    }
    await work.commit();
  };

  test('are removed with the account, all of them and no others', async () => {
    await many(ada, 205);
    await write(bob);

    await authors().removeAll(ada);
    await authors().removeAll(ada);

    expect(store.all().map(({ article }) => article.authorId)).toEqual([bob]);
  });

  test('follow what the account is by now', async () => {
    await many(ada, 101);
    await write(bob);
    const withheld = () => store.all().filter(each => each.withheld).length;

    store.accounts.set(ada, false);
    await authors().followStanding(ada);
    const banned = withheld();
    store.accounts.set(ada, true);
    await Promise.all([authors().followStanding(ada), authors().followStanding(ada)]);

    expect([banned, withheld()]).toEqual([101, 0]);
  });
});
