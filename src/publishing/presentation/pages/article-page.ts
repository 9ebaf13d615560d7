import { escapeHtml } from '../../../shared/presentation/html.ts';
import type { Heading } from '../../domain/rendering.ts';
import type { Neighbour, WholeArticle } from '../../services/article-queries.ts';
import { dayOf, pageFrame } from './page-frame.ts';

/** An article as people read it. `siteUrl` is where it is served. */
export const articlePage = (found: WholeArticle, siteUrl: string): string => {
  const { article, user, prev, next } = found;
  const facts = {
    title: article.title,
    canonical: `${siteUrl}/articles/${article.slug}`,
    description: article.metaDescription,
    kind: 'article',
    image: article.featuredImage,
    feed: `${siteUrl}/v1/users/${user.username}/feed.atom`,
  } as const;
  return pageFrame(
    facts,
    `<header class="site"><a href="/users/${user.username}">${escapeHtml(user.username)}</a></header>
<main>
<article>
<h1>${escapeHtml(article.title)}</h1>
<p class="meta">${dayOf(article.publishedAt ?? article.createdAt)}, ${minutes(article.readingMinutes)}</p>
${article.featuredImage === null ? '' : `<figure><img src="${escapeHtml(article.featuredImage)}" alt=""></figure>`}
${contents(article.tableOfContents)}
<div class="content">
${article.html}
</div>
${tagList(article.tags)}
</article>
${neighbours(prev, next)}
</main>`,
  );
};

const minutes = (count: number): string => `${count} ${count === 1 ? 'minute' : 'minutes'} to read`;

// One heading needs no table.
const contents = (headings: readonly Heading[]): string => {
  const isShort = headings.length === 0 || (headings.length === 1 && headings[0]?.children.length === 0);
  if (isShort) return '';
  return `<details class="contents"><summary>Contents</summary>${headingList(headings)}</details>`;
};

const headingList = (headings: readonly Heading[]): string => {
  const items = headings.map(({ id, title, children }) => {
    const below = children.length === 0 ? '' : headingList(children);
    return `<li><a href="#${escapeHtml(encodeURIComponent(id))}">${escapeHtml(title)}</a>${below}</li>`;
  });
  return `<ul>${items.join('')}</ul>`;
};

export const tagList = (tags: readonly string[]): string =>
  tags.length === 0
    ? ''
    : `<ul class="tags meta">${tags.map(tag => `<li>#${escapeHtml(tag)}</li>`).join('')}</ul>`;

const neighbours = (prev: Neighbour | null, next: Neighbour | null): string => {
  if (!prev && !next) return '';
  const link = (relation: 'prev' | 'next', label: string, neighbour: Neighbour | null): string =>
    neighbour === null
      ? ''
      : `<a rel="${relation}" href="/articles/${neighbour.slug}">${label}: ${escapeHtml(neighbour.title)}</a>`;
  return `<nav class="neighbours">${link('prev', 'Before', prev)}${link('next', 'After', next)}</nav>`;
};
