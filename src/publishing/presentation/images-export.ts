import type { JsonValue } from '../../shared/domain/events.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { PersonalData } from '../../shared/services/personal-data.ts';
import type { ImageQueries } from '../services/image-queries.ts';
import type { ImageViews } from './image-views.ts';

const BATCH = 500;

/** The list of a person's images, in the export of their data. The files are at the addresses in it. */
export class ImagesExport implements PersonalData {
  readonly #queries: ImageQueries;
  readonly #views: ImageViews;

  constructor(queries: ImageQueries, views: ImageViews) {
    this.#queries = queries;
    this.#views = views;
  }

  async of(accountId: AccountId): Promise<Readonly<Record<string, JsonValue>>> {
    const images: JsonValue[] = [];
    for (let page = 1; ; page++) {
      const { items, total } = await this.#queries.ofOwner(accountId, { page, limit: BATCH });
      for (const item of items)
        images.push({ ...this.#views.view(item), created_at: item.createdAt.toISOString() });
      if (page * BATCH >= total) return { images };
    }
  }
}
