import { newId } from '../../../../src/shared/services/new-id.ts';
import type { Article } from '../../../../src/publishing/domain/article.ts';
import { ArticleNotFound, NotYourArticle } from '../../../../src/publishing/domain/errors.ts';
import { ImageAddress } from '../../../../src/publishing/domain/image-address.ts';
import { Tag, tagSet } from '../../../../src/publishing/domain/tag.ts';
import { Title } from '../../../../src/publishing/domain/title.ts';
import { later, NOON } from '../../../support/builders/accounts.ts';
import { aDraft, anArticle, aRendering, aSlug } from '../../../support/builders/articles.ts';

const codeOf = (act: () => unknown): unknown => {
  try {
    act();
    return 'no error';
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

const tags = (...texts: readonly string[]) => texts.map(text => Tag.of(text));

describe('an article', () => {
  test('begins as a draft that nobody has published', () => {
    const draft = aDraft();

    expect(draft).toMatchObject({ status: 'draft', publishedAt: null, tags: [], metaDescription: '' });
    expect([draft.createdAt, draft.updatedAt]).toEqual([NOON, NOON]);
  });

  test('keeps the time of its first publication', () => {
    const article = aDraft();
    article.publish(later(1));
    article.publish(later(2));
    expect([article.publishedAt, article.updatedAt]).toEqual([later(1), later(1)]);

    article.unpublish(later(3));
    article.unpublish(later(4));
    expect([article.status, article.publishedAt, article.updatedAt]).toEqual(['draft', later(1), later(3)]);

    article.publish(later(5));
    expect([article.status, article.publishedAt, article.updatedAt]).toEqual([
      'published',
      later(1),
      later(5),
    ]);
  });

  test.each<[string, (article: Article) => void]>([
    ['a title', article => article.retitle(Title.of('Other'), later(9))],
    ['a text', article => article.rewrite('Other', aRendering('Other'), later(9))],
    ['a slug', article => article.moveTo(aSlug(), later(9))],
    ['a description', article => article.describe('Other', later(9))],
    ['a picture', article => article.feature(null, later(9))],
    ['tags', article => article.tagAs([], later(9))],
  ])('says when %s was changed', (_what, change) => {
    const article = anArticle();

    change(article);

    expect(article.updatedAt).toEqual(later(9));
  });

  test('keeps its slug when it gets another title', () => {
    const article = anArticle();
    const { slug } = article;

    article.retitle(Title.of('Quite another'), later(9));

    expect(article.slug).toBe(slug);
  });

  test('is not changed by a newer renderer: only its HTML is', () => {
    const article = anArticle();
    const { updatedAt, body } = article;

    article.rerender(aRendering('new', 7));

    expect([article.updatedAt, article.body]).toEqual([updatedAt, body]);
    expect(article).toMatchObject({ html: '<p>new</p>', rendererVersion: 7 });
  });

  test('is its author’s; others are told only of what they can read', () => {
    const stranger = newId<'AccountId'>();
    const [draft, published] = [aDraft(), anArticle()];

    expect(() => draft.requireAuthor(draft.authorId)).not.toThrow();
    expect(() => draft.requireAuthor(stranger)).toThrow(ArticleNotFound);
    expect(() => published.requireAuthor(stranger)).toThrow(NotYourArticle);
  });

  test('has a limit to what it holds', () => {
    const article = aDraft();

    expect(codeOf(() => article.rewrite('x'.repeat(500_001), aRendering('x'), NOON))).toBe('too_long');
    expect(codeOf(() => article.rewrite('x'.repeat(500_000), aRendering('x'), NOON))).toBe('no error');
    expect(codeOf(() => article.describe('x'.repeat(301), NOON))).toBe('too_long');
    expect(
      codeOf(() =>
        article.tagAs(
          Array.from('abcdefghijk', text => Tag.of(text)),
          NOON,
        ),
      ),
    ).toBe('too_many_tags');
  });
});

describe('a title', () => {
  test.each([
    ['  Ten\n days\t of rain ', 'Ten days of rain'],
    ['🎈', '🎈'],
    ['e\u0301', 'é'],
    ['x'.repeat(200), 'x'.repeat(200)],
  ])('%j is %j', (text, title) => expect(Title.of(text).value).toBe(title));

  test.each([
    ['', 'blank_title'],
    [' \u200b ', 'blank_title'],
    ['\u3164\u2800', 'blank_title'],
    ['x'.repeat(201), 'too_long'],
    ['a\u0007b', 'unseen_characters'],
    ['a\u202eb', 'unseen_characters'],
  ])('%j is refused', (text, code) => expect(codeOf(() => Title.of(text))).toBe(code));
});

describe('a tag', () => {
  test.each([
    ['Weather', 'weather'],
    ['#Weather', 'weather'],
    ['  long_walks  home', 'long-walks-home'],
    ['Größe', 'größe'],
    ['日本語', '日本語'],
    ['हिन्दी', 'हिन्दी'],
    ['c3', 'c3'],
  ])('%j is %j', (text, tag) => expect(Tag.of(text).value).toBe(tag));

  test.each(['', '#', '-a', 'a-', 'a--', 'a/b', 'a,b', '🎈', 'x'.repeat(41), 'a\u202eb'])(
    '%j is refused',
    text => expect(codeOf(() => Tag.of(text))).toBe('invalid_tag'),
  );

  test('counts once, in the place where it stood first', () => {
    expect(tagSet(tags('b', 'A', 'B', 'a')).map(({ value }) => value)).toEqual(['b', 'a']);
  });
});

describe('the address of a picture', () => {
  test.each([
    ['https://pictures.example/a b.jpg', 'https://pictures.example/a%20b.jpg'],
    ['  HTTP://Pictures.Example  ', 'http://pictures.example/'],
  ])('%j is %j', (text, address) => expect(ImageAddress.of(text).value).toBe(address));

  test.each([
    'javascript:alert(1)',
    'data:image/png;base64,AAAA',
    '//pictures.example/a.jpg',
    '/a.jpg',
    'https://user:secret@pictures.example/',
    `https://pictures.example/${'x'.repeat(500)}`,
    'ftp://pictures.example/a.jpg',
  ])('%j is refused', text => expect(codeOf(() => ImageAddress.of(text))).toBe('invalid_image_address'));
});
