import type { UnitOfWork, UnitOfWorkFactory } from '../../shared/services/unit-of-work.ts';
import type {
  ArticleRepository,
  AuthorRepository,
  ImageRepository,
  SlugRepository,
} from '../domain/repositories.ts';

/** One atomic change to articles. */
export interface ArticleWork extends UnitOfWork {
  readonly authors: AuthorRepository;
  readonly articles: ArticleRepository;
  readonly slugs: SlugRepository;
}

/** One atomic change to articles and images. */
export interface PublishingWork extends ArticleWork {
  readonly images: ImageRepository;
}

export type ArticleWorkFactory = UnitOfWorkFactory<ArticleWork>;

export type PublishingWorkFactory = UnitOfWorkFactory<PublishingWork>;
