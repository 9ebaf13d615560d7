import type { AccountId } from '../../shared/domain/identity.ts';
import type { EventHandler } from '../../shared/services/event-handler.ts';
import type { AssetStore } from './asset-store.ts';
import type { ImageService } from './image-service.ts';

/** Objects follow their rows, and images their owners. Doing either twice does no more. */
export const imageEventHandlers = (images: ImageService, store: AssetStore): readonly EventHandler[] => [
  {
    name: 'publishing.remove-objects',
    eventType: 'publishing.image-removed',
    handle: async ({ payload }) => await store.remove(payload.objects as readonly string[]),
  },
  {
    name: 'publishing.remove-images',
    eventType: 'accounts.account-closed',
    handle: async ({ payload }) => await images.removeAllOf(payload.account_id as AccountId),
  },
];
