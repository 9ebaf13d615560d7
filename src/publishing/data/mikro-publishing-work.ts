import type { SqlEntityManager } from '@mikro-orm/postgresql';
import {
  type ConstraintErrors,
  MikroUnitOfWork,
  type UnitOfWorkGround,
} from '../../shared/data/mikro-unit-of-work.ts';
import { SlugTaken } from '../domain/errors.ts';
import type { PublishingWork, PublishingWorkFactory } from '../services/publishing-work.ts';
import { MikroArticleRepository } from './mikro-article-repository.ts';
import { MikroAuthorRepository } from './mikro-author-repository.ts';
import { MikroImageRepository } from './mikro-image-repository.ts';
import { MikroSlugRepository } from './mikro-slug-repository.ts';

const CONSTRAINTS: ConstraintErrors = {
  slug_claims_pkey: () => new SlugTaken(),
  articles_slug_unique: () => new SlugTaken(),
};

export class MikroPublishingWork extends MikroUnitOfWork implements PublishingWork {
  readonly authors: MikroAuthorRepository;
  readonly articles: MikroArticleRepository;
  readonly slugs: MikroSlugRepository;
  readonly images: MikroImageRepository;

  private constructor(em: SqlEntityManager, ground: UnitOfWorkGround) {
    super(em, ground, CONSTRAINTS);
    this.authors = new MikroAuthorRepository(em);
    this.articles = new MikroArticleRepository(em);
    this.slugs = new MikroSlugRepository(em);
    this.images = new MikroImageRepository(em);
  }

  static over(ground: UnitOfWorkGround): PublishingWorkFactory {
    return {
      begin: async () => new MikroPublishingWork(await MikroUnitOfWork.openTransaction(ground), ground),
    };
  }
}
