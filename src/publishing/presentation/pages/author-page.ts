import { escapeHtml } from '../../../shared/presentation/html.ts';
import type { ArticleSummary, AuthorPage } from '../../services/article-queries.ts';
import { tagList } from './article-page.ts';
import { dayOf, pageFrame } from './page-frame.ts';

export const ARTICLES_ON_A_PAGE = 20;

/** Who somebody is, and what they have published, newest first: the page of that number, counted from 1. */
export const authorPage = (found: AuthorPage, page: number, siteUrl: string): string => {
  const { user, items, total } = found;
  const address = `${siteUrl}/users/${user.username}`;
  const feed = `/v1/users/${user.username}/feed.atom`;
  const facts = {
    title: user.username,
    canonical: page === 1 ? address : `${address}?page=${page}`,
    description: user.bio,
    kind: 'profile',
    image: null,
    feed: siteUrl + feed,
  } as const;
  const links = user.links.map(
    link => `<li><a href="${escapeHtml(link)}" rel="me noopener noreferrer">${escapeHtml(link)}</a></li>`,
  );
  return pageFrame(
    facts,
    `<main>
<h1>${escapeHtml(user.username)}</h1>
${user.location === '' ? '' : `<p class="meta">${escapeHtml(user.location)}</p>`}
${user.bio === '' ? '' : `<p>${escapeHtml(user.bio).replaceAll('\n', '<br>')}</p>`}
${links.length === 0 ? '' : `<ul class="tags">${links.join('')}</ul>`}
${items.length === 0 ? '<p class="soft">No articles here yet.</p>' : `<ul class="articles">${items.map(entry).join('')}</ul>`}
${pages(page, Math.ceil(total / ARTICLES_ON_A_PAGE))}
<p class="meta"><a href="${feed}">Feed</a></p>
</main>`,
  );
};

const entry = (article: ArticleSummary): string => `<li>
<h2><a href="/articles/${article.slug}">${escapeHtml(article.title)}</a></h2>
<p class="meta">${dayOf(article.publishedAt ?? article.createdAt)}</p>
${article.metaDescription === '' ? '' : `<p>${escapeHtml(article.metaDescription)}</p>`}
${tagList(article.tags)}
</li>`;

const pages = (page: number, last: number): string => {
  const newer = page > 1 ? `<a rel="prev" href="?page=${page - 1}">Newer</a>` : '';
  const older = page < last ? `<a rel="next" href="?page=${page + 1}">Older</a>` : '';
  return newer === '' && older === '' ? '' : `<nav class="neighbours">${newer}${older}</nav>`;
};
