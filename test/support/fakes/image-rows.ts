import type { ImageId } from '../../../src/publishing/domain/ids.ts';
import type { Image } from '../../../src/publishing/domain/image.ts';
import type { Room } from '../../../src/publishing/domain/image-room.ts';
import type { ImageOwner, ImageQueries, ImageRow } from '../../../src/publishing/services/image-queries.ts';
import type {
  PublishingWork,
  PublishingWorkFactory,
} from '../../../src/publishing/services/publishing-work.ts';
import { StaleAggregate } from '../../../src/shared/domain/domain-error.ts';
import { type DomainEvent, pullEvents } from '../../../src/shared/domain/events.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import type { Page } from '../../../src/shared/domain/page.ts';

const nothingOf = (what: string): never => {
  throw new Error(`Images have no business with ${what}.`);
};

/** The rows of images and who their owners are, in memory, with units of work that fail where a test wants them to. */
export class ImageRows implements ImageQueries {
  readonly images = new Map<ImageId, Image>();
  readonly events: DomainEvent[] = [];
  readonly owners = new Map<AccountId, string>();
  /** What of an owner's room is taken by others than the images above. */
  taken: Room = { images: 0, bytes: 0 };
  /** What happens instead of the next commit, or after it. */
  commitFails: { readonly before: Error } | { readonly after: Error } | null = null;
  /** Called before a unit finds out whether its account is there. */
  onHold = (): void => undefined;

  get work(): PublishingWorkFactory {
    return { begin: () => Promise.resolve(this.#unit()) };
  }

  owner(accountId: AccountId): Promise<ImageOwner | null> {
    const username = this.owners.get(accountId);
    return Promise.resolve(username === undefined ? null : { username, room: this.#room(accountId) });
  }

  shown(): Promise<ImageRow | null> {
    return Promise.resolve(null);
  }

  ofOwner(): Promise<Page<ImageRow>> {
    return Promise.resolve({ items: [], total: 0 });
  }

  #room(ownerId: AccountId): Room {
    const own = [...this.images.values()].filter(image => image.ownerId === ownerId);
    const bytes = own.reduce((sum, { totalBytes }) => sum + totalBytes, this.taken.bytes);
    return { images: this.taken.images + own.length, bytes };
  }

  #unit(): PublishingWork {
    const [added, removed]: [Image[], Image[]] = [[], []];
    const commit = (): void => {
      if (this.commitFails && 'before' in this.commitFails) throw this.commitFails.before;
      if (removed.some(({ id }) => !this.images.has(id))) throw new StaleAggregate();
      for (const image of removed) this.images.delete(image.id);
      for (const image of added) this.images.set(image.id, image);
      this.events.push(...removed.flatMap(pullEvents));
      if (this.commitFails) throw this.commitFails.after;
    };
    return {
      get articles() {
        return nothingOf('articles');
      },
      get slugs() {
        return nothingOf('slugs');
      },
      authors: {
        hold: accountId => {
          this.onHold();
          return Promise.resolve(this.owners.has(accountId));
        },
        isThere: accountId => Promise.resolve(this.owners.has(accountId)),
        takeTurn: () => Promise.resolve(),
      },
      images: {
        add: image => void added.push(image),
        byId: id => Promise.resolve(this.images.get(id) ?? null),
        roomTaken: ownerId => Promise.resolve(this.#room(ownerId)),
        remove: image => void removed.push(image),
        someOf: (ownerId, most) =>
          Promise.resolve([...this.images.values()].filter(each => each.ownerId === ownerId).slice(0, most)),
      },
      raise: () => nothingOf('other events'),
      commit: () => Promise.resolve().then(commit),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
}
