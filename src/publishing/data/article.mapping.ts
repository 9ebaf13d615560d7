import { defineEntity, p } from '@mikro-orm/core';
import { entityClass } from '../../shared/data/entity-class.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import { Article, type ArticleStatus } from '../domain/article.ts';
import type { ArticleId } from '../domain/ids.ts';
import type { Heading } from '../domain/rendering.ts';
import { KEEP_ARTICLE_TOTALS } from './article-totals.mapping.ts';
import { ImageAddressType, SlugType, TagsType, TitleType } from './value-types.ts';

const SEEN = `where "status" = 'published' and not "withheld"`;

// Words as written for every language, and their stems for the one that most is written in. A tsvector holds 1 MB at
// most, so a very long text is found by its first part.
const SEARCH = `(to_tsvector('simple', title || ' ' || meta_description || ' ' || left(body, 60000))
  || to_tsvector('english', title || ' ' || left(body, 60000))) stored`;

// Accounts are another context: no foreign key. A unit holds the author instead (see held-account.ts).
export const ArticleMapping = defineEntity({
  name: 'Article',
  class: entityClass(Article),
  tableName: 'articles',
  indexes: [
    { name: 'articles_author', properties: ['authorId', 'id'] },
    // With the tags, so that a list by a tag that many have is found without reading the articles.
    {
      name: 'articles_newest',
      expression: `create index "articles_newest" on "articles" ("published_at", "id") include ("tags") ${SEEN}`,
    },
    {
      name: 'articles_author_newest',
      expression: `create index "articles_author_newest" on "articles" ("author_id", "published_at", "id") include ("tags") ${SEEN}`,
    },
    {
      name: 'articles_tags',
      expression: `create index "articles_tags" on "articles" using gin ("tags") ${SEEN}`,
    },
    {
      name: 'articles_search',
      expression: `create index "articles_search" on "articles" using gin ("search") ${SEEN}`,
    },
  ],
  uniques: [{ name: 'articles_slug_unique', properties: ['_slug'] }],
  checks: [
    { name: 'articles_status_check', expression: "status in ('draft', 'published')" },
    { name: 'articles_published_check', expression: "status = 'draft' or published_at is not null" },
  ],
  triggers: [
    {
      name: 'articles_totals',
      timing: 'after',
      events: ['insert', 'update', 'delete'],
      body: KEEP_ARTICLE_TOTALS,
    },
  ],
  properties: {
    id: p.uuid().primary().$type<ArticleId>(),
    authorId: p.uuid().fieldName('author_id').$type<AccountId>(),
    _title: p.type(TitleType).fieldName('title'),
    _slug: p.type(SlugType).fieldName('slug'),
    _body: p.string().columnType('text').fieldName('body'),
    _html: p.string().columnType('text').fieldName('html'),
    _tableOfContents: p.json<readonly Heading[]>().fieldName('table_of_contents'),
    _readingMinutes: p.integer().fieldName('reading_minutes'),
    _rendererVersion: p.integer().fieldName('renderer_version'),
    _metaDescription: p.string().columnType('text').fieldName('meta_description'),
    _featuredImage: p.type(ImageAddressType).nullable().fieldName('featured_image'),
    _tags: p.type(TagsType).fieldName('tags'),
    _status: p.string().columnType('text').fieldName('status').$type<ArticleStatus>(),
    _publishedAt: p.datetime(6).nullable().fieldName('published_at'),
    _createdAt: p.datetime(6).fieldName('created_at'),
    _updatedAt: p.datetime(6).fieldName('updated_at'),
    version: p.integer().version(),
    // Not the article's own: whether its author is banned, and what the search looks into.
    withheld: p.boolean().default(false).lazy(),
    search: p.string().columnType('tsvector').generated(SEARCH).lazy(),
  },
});
