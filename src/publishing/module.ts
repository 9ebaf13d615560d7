import { ContainerModule } from 'inversify';
import { construct } from '../construct.ts';
import { rateLimits } from '../shared/data/rate-limits.ts';
import {
  CLOCK,
  CLOSING,
  CONFIGURATION,
  EVENT_HANDLERS,
  HOUSEKEEPING,
  LIMITERS,
  LOGGER,
  PAGES,
  PERSONAL_DATA,
  PUBLIC_PAGE_PARTS,
  ROUTES,
  SQL,
  UNIT_OF_WORK_GROUND,
} from '../tokens.ts';
import { DiskAssetStore } from './data/disk-asset-store.ts';
import { SharpImageWorkshop } from './data/image-workshop/sharp-image-workshop.ts';
import { StagedUploads } from './data/image-workshop/staged-uploads.ts';
import { imageLimits } from './data/image-limits.ts';
import { articleLimits } from './data/limits.ts';
import { MarkdownArticleRenderer } from './data/markdown-article-renderer.ts';
import { MikroPublishingWork } from './data/mikro-publishing-work.ts';
import { closeAssetStore, openAssetStore } from './data/open-asset-store.ts';
import { SqlArticleQueries } from './data/sql-article-queries.ts';
import { SqlImageCatalogue } from './data/sql-image-catalogue.ts';
import { SqlImageQueries } from './data/sql-image-queries.ts';
import { SqlPublishingHousekeeping } from './data/sql-publishing-housekeeping.ts';
import { transliterate } from './data/transliterate.ts';
import { ArticleController } from './presentation/article-controller.ts';
import { ArticleListController } from './presentation/article-list-controller.ts';
import { ArticlePageController } from './presentation/article-page-controller.ts';
import { ArticleViews } from './presentation/article-views.ts';
import { ArticlesExport } from './presentation/articles-export.ts';
import { FeedController } from './presentation/feed-controller.ts';
import { ImageController } from './presentation/image-controller.ts';
import { ImageServingController } from './presentation/image-serving-controller.ts';
import { ImageViews } from './presentation/image-views.ts';
import { ImagesExport } from './presentation/images-export.ts';
import { LatestArticles } from './presentation/latest-articles.ts';
import { readingPages } from './presentation/pages/reading-pages.ts';
import { ArticleRerendering } from './services/article-rerendering.ts';
import { ArticleService } from './services/article-service.ts';
import { AssetReconciliation } from './services/asset-reconciliation.ts';
import { AuthorArticles, authorEventHandlers } from './services/author-articles.ts';
import { imageEventHandlers } from './services/image-event-handlers.ts';
import { ImageService } from './services/image-service.ts';
import { ObjectTransfer } from './services/object-transfer.ts';
import { SlugClaims } from './services/slug-claims.ts';
import { UploadPlaces } from './services/upload-places.ts';
import {
  ARTICLE_LIMITS,
  ARTICLE_QUERIES,
  ASSETS,
  IMAGE_CATALOGUE,
  IMAGE_LIMITS,
  IMAGE_QUERIES,
  RENDERER,
  WORK,
  WORKSHOP,
} from './tokens.ts';

/** Everything that publishing brings into the container. */
export const publishingModule = new ContainerModule(({ bind }) => {
  // Ports and their adapters.
  bind(WORK)
    .toResolvedValue(ground => MikroPublishingWork.over(ground), [UNIT_OF_WORK_GROUND])
    .inSingletonScope();

  // Articles.
  construct(bind, ARTICLE_QUERIES, SqlArticleQueries, [SQL]);
  bind(ARTICLE_LIMITS)
    .toResolvedValue(
      (limiters, { sessionSecrets }) => rateLimits(limiters, articleLimits, sessionSecrets),
      [LIMITERS, CONFIGURATION],
    )
    .inSingletonScope();
  bind(MarkdownArticleRenderer)
    .toResolvedValue(
      ({ webUrl, publicUrl }, logger) =>
        new MarkdownArticleRenderer({
          origins: [...new Set([webUrl, publicUrl].map(url => new URL(url).origin))],
          onDeath: reason => logger.warn({ reason }, 'a renderer was lost; its article was refused'),
        }),
      [CONFIGURATION, LOGGER],
    )
    .inSingletonScope();
  bind(RENDERER).toService(MarkdownArticleRenderer);
  bind(CLOSING).toService(MarkdownArticleRenderer);
  bind(SlugClaims)
    .toResolvedValue(() => new SlugClaims(transliterate), [])
    .inSingletonScope();
  construct(bind, ArticleService, ArticleService, [WORK, RENDERER, SlugClaims, ARTICLE_LIMITS, CLOCK]);
  construct(bind, ArticleRerendering, ArticleRerendering, [WORK, RENDERER]);
  construct(bind, AuthorArticles, AuthorArticles, [WORK]);
  bind(EVENT_HANDLERS).toResolvedValue(authorEventHandlers, [AuthorArticles]).inSingletonScope();
  construct(bind, HOUSEKEEPING, SqlPublishingHousekeeping, [SQL]);
  bind(ArticleViews)
    .toResolvedValue(({ webUrl }) => new ArticleViews(webUrl), [CONFIGURATION])
    .inSingletonScope();
  construct(bind, PERSONAL_DATA, ArticlesExport, [ARTICLE_QUERIES, ArticleViews]);
  construct(bind, PUBLIC_PAGE_PARTS, LatestArticles, [ARTICLE_QUERIES, ArticleViews]);
  bind(ROUTES)
    .toResolvedValue(
      (articles, queries, views, configuration) => [
        ...new ArticleController(articles, queries, views, configuration.publicUrl).routes(),
        ...new ArticlePageController(queries, views, configuration.publicUrl).routes(),
        ...new ArticleListController(queries, views).routes(),
        ...new FeedController(queries, views, configuration).routes(),
      ],
      [ArticleService, ARTICLE_QUERIES, ArticleViews, CONFIGURATION],
    )
    .inSingletonScope();
  bind(PAGES).toResolvedValue(readingPages, [ARTICLE_QUERIES, CONFIGURATION]).inSingletonScope();

  // Images.
  bind(SharpImageWorkshop)
    .toResolvedValue(
      ({ uploadsDirectory }, logger) =>
        new SharpImageWorkshop({
          directory: uploadsDirectory,
          onDeath: reason => logger.warn({ reason }, 'an image decoder was lost; its file was refused'),
        }),
      [CONFIGURATION, LOGGER],
    )
    .inSingletonScope();
  bind(WORKSHOP).toService(SharpImageWorkshop);
  bind(CLOSING).toService(SharpImageWorkshop);
  bind(HOUSEKEEPING)
    .toResolvedValue(({ uploadsDirectory }) => new StagedUploads(uploadsDirectory), [CONFIGURATION])
    .inSingletonScope();
  bind(ASSETS).toResolvedValue(openAssetStore, [CONFIGURATION, LOGGER]).inSingletonScope();
  bind(CLOSING)
    .toResolvedValue(store => ({ close: () => closeAssetStore(store) }), [ASSETS])
    .inSingletonScope();
  construct(bind, IMAGE_CATALOGUE, SqlImageCatalogue, [SQL]);
  construct(bind, AssetReconciliation, AssetReconciliation, [ASSETS, IMAGE_CATALOGUE, CLOCK]);
  // Also with a bucket: what was left before there was one is swept all the same.
  bind(HOUSEKEEPING)
    .toResolvedValue(
      ({ assetsDirectory }, log) => new DiskAssetStore(assetsDirectory, log),
      [CONFIGURATION, LOGGER],
    )
    .inSingletonScope();
  construct(bind, IMAGE_QUERIES, SqlImageQueries, [SQL]);
  bind(IMAGE_LIMITS)
    .toResolvedValue(
      (limiters, { sessionSecrets }) => rateLimits(limiters, imageLimits, sessionSecrets),
      [LIMITERS, CONFIGURATION],
    )
    .inSingletonScope();
  construct(bind, ObjectTransfer, ObjectTransfer, [ASSETS]);
  construct(bind, UploadPlaces, UploadPlaces, []);
  construct(bind, ImageService, ImageService, [
    IMAGE_QUERIES,
    WORKSHOP,
    ObjectTransfer,
    WORK,
    IMAGE_LIMITS,
    UploadPlaces,
    CLOCK,
  ]);
  bind(EVENT_HANDLERS).toResolvedValue(imageEventHandlers, [ImageService, ASSETS]).inSingletonScope();
  bind(ImageViews)
    .toResolvedValue(({ publicUrl }) => new ImageViews(publicUrl), [CONFIGURATION])
    .inSingletonScope();
  construct(bind, PERSONAL_DATA, ImagesExport, [IMAGE_QUERIES, ImageViews]);
  bind(ROUTES)
    .toResolvedValue(
      (images, queries, views, store, logger) => [
        ...new ImageController(images, queries, views).routes(),
        ...new ImageServingController(queries, store, logger).routes(),
      ],
      [ImageService, IMAGE_QUERIES, ImageViews, ASSETS, LOGGER],
    )
    .inSingletonScope();
});
