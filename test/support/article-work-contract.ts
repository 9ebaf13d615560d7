import { StaleAggregate } from '../../src/shared/domain/domain-error.ts';
import type { AccountId } from '../../src/shared/domain/identity.ts';
import { newId } from '../../src/shared/services/new-id.ts';
import type { Article } from '../../src/publishing/domain/article.ts';
import { SlugTaken } from '../../src/publishing/domain/errors.ts';
import type { Slug } from '../../src/publishing/domain/slug.ts';
import { SlugClaim } from '../../src/publishing/domain/slug-claim.ts';
import { Title } from '../../src/publishing/domain/title.ts';
import type { ArticleWork, ArticleWorkFactory } from '../../src/publishing/services/publishing-work.ts';
import { later } from './builders/accounts.ts';
import { aDraft, anArticle, aRendering, aSlug } from './builders/articles.ts';
import { aGate } from './gate.ts';

export interface ArticleWorkBench {
  readonly units: ArticleWorkFactory;
  /** An account that is there. */
  author(): Promise<AccountId>;
  ban(accountId: AccountId): Promise<void>;
}

/** What every unit of work on articles promises, the real one and the fake. */
export const articleWorkContract = (where: string, bench: () => ArticleWorkBench): void => {
  const inUnit = async <Result>(task: (work: ArticleWork) => Promise<Result> | Result): Promise<Result> => {
    await using work = await bench().units.begin();
    const result = await task(work);
    await work.commit();
    return result;
  };

  const add = (work: ArticleWork, article: Article): void => {
    work.articles.add(article);
    work.slugs.add(SlugClaim.of(article.slug, article.id));
  };

  const stored = async (article = anArticle()): Promise<Article> => {
    await inUnit(work => add(work, article));
    return article;
  };

  const found = ({ id }: Article) => inUnit(work => work.articles.byId(id));

  /** Whether the second task waited until the unit of the first was over. */
  const waits = async (
    first: (work: ArticleWork) => Promise<unknown>,
    second: (work: ArticleWork) => Promise<unknown>,
  ): Promise<boolean> => {
    const [held, release] = [aGate(), aGate()];
    const order: string[] = [];
    const one = inUnit(async work => {
      await first(work);
      held.open();
      await release.passed;
      order.push('first ends');
    });
    await held.passed;
    const two = inUnit(async work => {
      await second(work);
      order.push('second goes on');
    });
    // A statement on another connection takes its turn meanwhile; one that does not wait is done by then.
    for (let turn = 0; turn < 5; turn++) await found(aDraft());
    release.open();
    await Promise.all([one, two]);
    return order[0] === 'first ends';
  };

  /** Ends only if the second task does not wait for the unit of the first. */
  const passes = async (
    first: (work: ArticleWork) => Promise<unknown>,
    second: (work: ArticleWork) => Promise<unknown>,
  ): Promise<void> => {
    await using work = await bench().units.begin();
    await first(work);
    await inUnit(second);
  };

  describe(`a unit of work on articles in ${where}`, () => {
    test('gives back everything that an article is', async () => {
      const article = await stored();

      const again = await found(article);

      for (const name of [
        ...([
          'id',
          'authorId',
          'title',
          'slug',
          'body',
          'html',
          'tableOfContents',
          'readingMinutes',
        ] as const),
        ...(['rendererVersion', 'metaDescription', 'featuredImage', 'tags', 'status'] as const),
        ...(['publishedAt', 'createdAt', 'updatedAt'] as const),
      ])
        expect([name, again?.[name]]).toEqual([name, article[name]]);
      const draft = await stored(aDraft());
      expect(await found(draft)).toMatchObject({
        status: 'draft',
        publishedAt: null,
        featuredImage: null,
        tags: [],
      });
    });

    test('leaves nothing behind when it is not committed', async () => {
      const article = anArticle();
      {
        await using work = await bench().units.begin();
        add(work, article);
      }

      expect(await found(article)).toBeNull();
      expect((await inUnit(work => work.slugs.claimed([article.slug]))).size).toBe(0);
    });

    test('finds an article by every slug that it has or had, and nothing by others', async () => {
      const article = await stored();
      const next = aSlug();
      await inUnit(async work => {
        const same = await work.articles.byId(article.id);
        work.slugs.add(SlugClaim.of(next, article.id));
        same!.moveTo(next, later(10));
      });

      const bySlug = (slug: Slug) => inUnit(work => work.articles.bySlug(slug.value));

      expect((await bySlug(next))?.slug).toEqual(next);
      expect((await bySlug(article.slug))?.slug).toEqual(next);
      expect(await bySlug(aSlug())).toBeNull();
    });

    test('tells which slugs are claimed, and by which article', async () => {
      const [one, other] = [await stored(), await stored()];

      const claimed = await inUnit(work => work.slugs.claimed([one.slug, other.slug, aSlug()]));

      expect([...claimed].sort()).toEqual(
        [
          [one.slug.value, one.id],
          [other.slug.value, other.id],
        ].sort(),
      );
    });

    test('refuses a second claim on a slug, with everything else in the unit', async () => {
      const first = await stored();
      const second = anArticle({ slug: first.slug });

      await expect(inUnit(work => add(work, second))).rejects.toBeInstanceOf(SlugTaken);

      expect(await found(second)).toBeNull();
    });

    test('lets one of two units change an article, and tells the other', async () => {
      const article = await stored();
      await using late = await bench().units.begin();
      const seen = await late.articles.byId(article.id);
      await inUnit(async work =>
        (await work.articles.byId(article.id))!.retitle(Title.of('First'), later(1)),
      );

      seen!.retitle(Title.of('Second'), later(2));

      await expect(late.commit()).rejects.toBeInstanceOf(StaleAggregate);
      expect((await found(article))?.title.value).toBe('First');
    });

    test('lets one of two units remove an article, and frees its slugs', async () => {
      const article = await stored();
      await using late = await bench().units.begin();
      const seen = await late.articles.byId(article.id);
      await inUnit(async work => work.articles.remove((await work.articles.byId(article.id))!));

      late.articles.remove(seen!);

      await expect(late.commit()).rejects.toBeInstanceOf(StaleAggregate);
      await stored(anArticle({ slug: article.slug }));
    });

    test('removes so many of an author’s articles, and frees their slugs', async () => {
      const author = newId<'AccountId'>();
      const articles = [
        await stored(anArticle({ author })),
        await stored(aDraft({ author })),
        await stored(aDraft({ author })),
      ];
      const other = await stored();

      const counts = [
        await inUnit(work => work.articles.removeSomeOf(author, 2)),
        await inUnit(work => work.articles.removeSomeOf(author, 2)),
        await inUnit(work => work.articles.removeSomeOf(author, 2)),
      ];

      expect(counts).toEqual([2, 1, 0]);
      expect(await found(other)).not.toBeNull();
      expect((await inUnit(work => work.slugs.claimed(articles.map(({ slug }) => slug)))).size).toBe(0);
    });

    test('withholds so many of an author’s articles, and does not count as a change of them', async () => {
      const author = newId<'AccountId'>();
      const article = await stored(anArticle({ author }));
      await stored(aDraft({ author }));
      const withhold = (withheld: boolean) =>
        inUnit(work => work.articles.withholdSomeOf(author, withheld, 1));
      await using open = await bench().units.begin();
      const seen = await open.articles.byId(article.id);

      const counts = [
        await withhold(true),
        await withhold(true),
        await withhold(true),
        await withhold(false),
      ];
      seen!.retitle(Title.of('Changed meanwhile'), later(1));
      await open.commit();

      expect(counts).toEqual([1, 1, 0, 1]);
      expect((await found(article))?.title.value).toBe('Changed meanwhile');
      expect([await withhold(false), await withhold(false)]).toEqual([1, 0]);
    });

    test('finds what an older renderer made, some at a time', async () => {
      const drafts = Array.from({ length: 5 }, () => aDraft({ rendererVersion: -5 }));
      // Ids of one millisecond come in any order.
      const articles = drafts.toSorted((one, other) => (one.id < other.id ? -1 : 1));
      articles[1]!.rerender(aRendering('newer', -4));
      articles[3]!.rerender(aRendering('newer', -3));
      for (const article of articles) await stored(article);
      const outdated = (before: number, after: Article | null, most: number) =>
        inUnit(async work =>
          (await work.articles.renderedBefore(before, after?.id ?? null, most)).map(({ id }) => id),
        );
      const ids = articles.map(({ id }) => id);

      expect(await outdated(-4, null, 9)).toEqual([ids[0], ids[2], ids[4]]);
      expect(await outdated(-4, articles[0]!, 1)).toEqual([ids[2]]);
      expect(await outdated(-4, articles[4]!, 9)).toEqual([]);
      await inUnit(async work => (await work.articles.byId(ids[0]!))!.rerender(aRendering('new', -2)));
      expect(await outdated(-4, null, 1)).toEqual([ids[2]]);
      for (const id of ids) await inUnit(async work => work.articles.remove((await work.articles.byId(id))!));
    });

    test('knows who is there, and who is banned or never was', async () => {
      const [author, banned, nobody] = [await bench().author(), await bench().author(), newId<'AccountId'>()];
      await bench().ban(banned);

      const answers = await inUnit(async work => [
        [await work.authors.hold(author), await work.authors.isThere(author)],
        [await work.authors.hold(banned), await work.authors.isThere(banned)],
        [await work.authors.hold(nobody), await work.authors.isThere(nobody)],
      ]);

      expect(answers).toEqual([
        [true, true],
        [false, false],
        [false, false],
      ]);
    });

    test('lets units of one author, of one slug or of one turn follow each other, and no others wait', async () => {
      const [author, other] = [await bench().author(), await bench().author()];
      const [slug, another] = [aSlug(), aSlug()];

      expect([
        await waits(
          one => one.authors.hold(author),
          two => two.authors.hold(author),
        ),
        await waits(
          one => one.authors.takeTurn(author),
          two => two.authors.takeTurn(author),
        ),
        await waits(
          one => one.slugs.hold(slug),
          two => two.slugs.hold(slug),
        ),
      ]).toEqual([true, true, true]);
      await passes(
        one => one.authors.hold(author),
        two => two.authors.hold(other),
      );
      await passes(
        one => one.authors.takeTurn(author),
        two => two.authors.hold(author),
      );
      await passes(
        one => one.slugs.hold(slug),
        two => two.slugs.hold(another),
      );
    });
  });
};
