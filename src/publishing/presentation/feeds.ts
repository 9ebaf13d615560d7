import { type Author, Feed } from 'feed';
import type { AuthorTexts } from '../services/article-queries.ts';
import type { ArticleViews } from './article-views.ts';

export const FEED_FORMATS = {
  atom: 'application/atom+xml; charset=utf-8',
  json: 'application/feed+json; charset=utf-8',
  rss: 'application/rss+xml; charset=utf-8',
} as const;

export type FeedFormat = keyof typeof FEED_FORMATS;

export interface FeedPlace {
  /** This feed's own address, in all its formats. */
  readonly addresses: Readonly<Record<FeedFormat, string>>;
  /** The newest change of anything in it. */
  readonly updated: Date;
}

/** A feed of whole articles. Its ids are those of the person and the articles: they stay when names and slugs change. */
export const feedOf = (
  format: FeedFormat,
  { user, articles }: AuthorTexts,
  { addresses, updated }: FeedPlace,
  views: ArticleViews,
  home: string,
): string => {
  const author: Author = { name: user.username, link: home };
  const feed = new Feed({
    id: `urn:uuid:${user.id}`,
    title: user.username,
    description: clean(user.bio),
    link: home,
    feed: addresses[format],
    feedLinks: { json: addresses.json },
    updated,
    generator: 'Daymark',
    author,
  });
  const [plain, markup] = format === 'json' ? [clean, clean] : [escaped, inCdata];
  for (const article of articles)
    feed.addItem({
      id: `urn:uuid:${article.id}`,
      title: plain(article.title),
      link: views.urlOf(article.slug),
      ...(article.metaDescription === '' ? {} : { description: plain(article.metaDescription) }),
      content: markup(article.html),
      author: [author],
      category: article.tags.map(name => ({ name, term: name })),
      date: article.updatedAt,
      published: article.publishedAt ?? article.createdAt,
    });
  if (format === 'json') return feed.json1();
  return format === 'atom' ? feed.atom1() : feed.rss2();
};

// XML 1.0 section 2.2: what no document may hold, however it is written.
const NOT_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

const clean = (text: string): string => text.replaceAll(NOT_XML, '');

// Readers of both XML formats take titles and summaries for HTML.
const escaped = (text: string): string =>
  clean(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

// The library ends a section early where the text holds its end more than once. In HTML both say the same.
const inCdata = (html: string): string => clean(html).replaceAll(']]>', ']]&gt;');
