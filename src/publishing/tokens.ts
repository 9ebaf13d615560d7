import { token } from '../tokens.ts';
import type { ArticleLimits } from './services/article-limits.ts';
import type { ArticleQueries } from './services/article-queries.ts';
import type { ArticleRenderer } from './services/article-renderer.ts';
import type { AssetStore } from './services/asset-store.ts';
import type { ImageLimits } from './services/image-limits.ts';
import type { ImageQueries } from './services/image-queries.ts';
import type { ImageCatalogue } from './services/image-catalogue.ts';
import type { ImageWorkshop } from './services/image-workshop.ts';
import type { PublishingWorkFactory } from './services/publishing-work.ts';

// What the parts of publishing are found under in the container.
export const WORK = token<PublishingWorkFactory>('PublishingWorkFactory');
export const ARTICLE_QUERIES = token<ArticleQueries>('ArticleQueries');
export const ARTICLE_LIMITS = token<ArticleLimits>('ArticleLimits');
export const RENDERER = token<ArticleRenderer>('ArticleRenderer');
export const IMAGE_QUERIES = token<ImageQueries>('ImageQueries');
export const IMAGE_LIMITS = token<ImageLimits>('ImageLimits');
export const ASSETS = token<AssetStore>('AssetStore');
export const IMAGE_CATALOGUE = token<ImageCatalogue>('ImageCatalogue');
export const WORKSHOP = token<ImageWorkshop>('ImageWorkshop');
