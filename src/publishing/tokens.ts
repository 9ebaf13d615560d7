import { token } from '../tokens.ts';
import type { ArticleRenderer } from './services/article-renderer.ts';
import type { AssetStore } from './services/asset-store.ts';
import type { ImageWorkshop } from './services/image-workshop.ts';
import type { PublishingWorkFactory } from './services/publishing-work.ts';

// What the parts of publishing are found under in the container.
export const WORK = token<PublishingWorkFactory>('PublishingWorkFactory');
export const RENDERER = token<ArticleRenderer>('ArticleRenderer');
export const ASSETS = token<AssetStore>('AssetStore');
export const WORKSHOP = token<ImageWorkshop>('ImageWorkshop');
