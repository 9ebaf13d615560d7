import { randomBytes } from 'node:crypto';
import type { Clock } from '../../shared/domain/clock.ts';
import { StaleAggregate } from '../../shared/domain/domain-error.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import { newId } from '../../shared/services/new-id.ts';
import { AuthorGone, ImageNotFound, NoFiles } from '../domain/errors.ts';
import type { ImageId } from '../domain/ids.ts';
import { Image, IMAGE_FORMATS, type ImageFile } from '../domain/image.ts';
import { IMAGE_KEY_LENGTH, imageKeyOf } from '../domain/image-key.ts';
import { requireRoom, type Room } from '../domain/image-room.ts';
import type { ImageLimits } from './image-limits.ts';
import type { ImageQueries } from './image-queries.ts';
import type { ImageWorkshop, PreparedImage } from './image-workshop.ts';
import type { NewObject, ObjectTransfer } from './object-transfer.ts';
import type { PublishingWorkFactory } from './publishing-work.ts';
import type { UploadPlaces } from './upload-places.ts';

/** A file on its way in. Its bytes have to be read to their end before the next file comes. */
export interface IncomingFile {
  /** As the client calls it; for messages only. */
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

const BATCH = 100;

/** What people do with their images. */
export class ImageService {
  readonly #queries: ImageQueries;
  readonly #workshop: ImageWorkshop;
  readonly #transfer: ObjectTransfer;
  readonly #work: PublishingWorkFactory;
  readonly #limits: ImageLimits;
  readonly #places: UploadPlaces;
  readonly #clock: Clock;

  constructor(
    queries: ImageQueries,
    workshop: ImageWorkshop,
    transfer: ObjectTransfer,
    work: PublishingWorkFactory,
    limits: ImageLimits,
    places: UploadPlaces,
    clock: Clock,
  ) {
    this.#queries = queries;
    this.#workshop = workshop;
    this.#transfer = transfer;
    this.#work = work;
    this.#limits = limits;
    this.#places = places;
    this.#clock = clock;
  }

  /**
   * Takes all files, or none. An image has a row only when the store has acknowledged every object of it.
   * @throws {NoFiles} @throws {NotAnImage} @throws {ImageTooManyPixels} @throws {QuotaExceeded} @throws {AuthorGone}
   * @throws {TooManyAttempts} @throws {Unavailable} and whatever the files' streams throw.
   */
  async upload(ownerId: AccountId, files: AsyncIterable<IncomingFile>): Promise<readonly Image[]> {
    return await this.#places.hold(ownerId, async () => {
      await this.#limits.spend('image-uploads-per-account', ownerId);
      const owner = await this.#queries.owner(ownerId);
      if (!owner) throw new AuthorGone();
      // Spares the reading where nothing can fit; what counts is asked again where nobody else can come between.
      requireRoom(owner.room, { images: 1, bytes: 0 });
      await using kept = new AsyncDisposableStack();
      const prepared: PreparedImage[] = [];
      for await (const { name, bytes } of files)
        prepared.push(kept.use(await this.#workshop.prepare(name, bytes)));
      if (prepared.length === 0) throw new NoFiles();
      return await this.#keep({ id: ownerId, name: owner.username }, owner.room, prepared);
    });
  }

  /** For good. Of two at once one finds nothing. @throws {ImageNotFound} also for what is somebody else's. */
  async remove(ownerId: AccountId, imageId: ImageId): Promise<void> {
    await using work = await this.#work.begin();
    const image = await work.images.byId(imageId);
    if (image?.ownerId !== ownerId) throw new ImageNotFound();
    image.remove();
    work.images.remove(image);
    try {
      await work.commit();
    } catch (error) {
      // An image never changes: what was changed meanwhile is gone.
      throw error instanceof StaleAggregate ? new ImageNotFound() : error;
    }
  }

  /** Everything of an account that was closed. A few at a time, so that no unit takes long. */
  async removeAllOf(ownerId: AccountId): Promise<void> {
    for (;;) {
      await using work = await this.#work.begin();
      const images = await work.images.someOf(ownerId, BATCH);
      if (images.length === 0) return;
      for (const image of images) {
        image.remove();
        work.images.remove(image);
      }
      await work.commit();
    }
  }

  async #keep(
    owner: { readonly id: AccountId; readonly name: string },
    taken: Room,
    prepared: readonly PreparedImage[],
  ): Promise<readonly Image[]> {
    const now = this.#clock.now();
    // Ids of one moment come in any order, and lists are in theirs.
    const ids = prepared.map(() => newId<'ImageId'>()).sort();
    const made = prepared.map((picture, index) => {
      const image = Image.stored(ids[index] ?? newId(), owner, newKey(), factsOf(picture), now);
      return { image, objects: objectsOf(image, picture) };
    });
    const images = made.map(({ image }) => image);
    requireRoom(taken, roomFor(images));
    const objects = made.flatMap(each => each.objects);
    await this.#transfer.bring(objects, committing => this.#addRows(owner.id, images, committing));
    return images;
  }

  async #addRows(ownerId: AccountId, images: readonly Image[], committing: () => void): Promise<void> {
    await using work = await this.#work.begin();
    if (!(await work.authors.hold(ownerId))) throw new AuthorGone();
    requireRoom(await work.images.roomTaken(ownerId), roomFor(images));
    for (const image of images) work.images.add(image);
    committing();
    await work.commit();
  }
}

const newKey = (): string => imageKeyOf(randomBytes(IMAGE_KEY_LENGTH));

const sizeOf = ({ width, height, bytes }: ImageFile): ImageFile => ({ width, height, bytes });

const factsOf = ({ format, original, variants }: PreparedImage) => ({
  format,
  original: sizeOf(original),
  variants: variants.map(sizeOf),
});

/** The names of an image's objects are in the order of its files. */
const objectsOf = (image: Image, { format, original, variants }: PreparedImage): readonly NewObject[] =>
  [original, ...variants].map(({ path, bytes }, index) => {
    const { contentType } = IMAGE_FORMATS[index === 0 ? format : 'webp'];
    return { key: image.objects[index] ?? '', file: { path, bytes, contentType } };
  });

const roomFor = (images: readonly Image[]): Room => ({
  images: images.length,
  bytes: images.reduce((sum, { totalBytes }) => sum + totalBytes, 0),
});
