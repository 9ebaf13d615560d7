import { defineEntity, p } from '@mikro-orm/core';
import { entityClass } from '../../shared/data/entity-class.ts';
import { SlugClaim } from '../domain/slug-claim.ts';
import { ArticleMapping } from './article.mapping.ts';

export const SlugClaimMapping = defineEntity({
  name: 'SlugClaim',
  class: entityClass(SlugClaim),
  tableName: 'slug_claims',
  indexes: [{ name: 'slug_claims_article', properties: ['articleId'] }],
  properties: {
    slug: p.string().columnType('text').primary(),
    articleId: () =>
      p
        .manyToOne(ArticleMapping)
        .mapToPk()
        .joinColumn('article_id')
        .deleteRule('cascade')
        .updateRule('no action'),
  },
});
