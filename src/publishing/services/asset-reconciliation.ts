import type { Clock } from '../../shared/domain/clock.ts';
import { IMAGE_PREFIX, imageObjects } from '../domain/image.ts';
import type { AssetStore, StoredObject } from './asset-store.ts';
import type { CataloguedImage, ImageCatalogue } from './image-catalogue.ts';

export type Finding =
  | {
      readonly kind: 'object-without-row';
      readonly key: string;
      readonly bytes: number;
      readonly storedAt: Date;
      readonly removed: boolean;
    }
  | { readonly kind: 'row-without-object'; readonly key: string };

interface ExpectedObject {
  readonly key: string;
  readonly image: CataloguedImage;
}

/** An upload stores its objects before its row; none takes nearly as long. */
const UPLOAD_MS = 60 * 60_000;
const ROWS_AT_ONCE = 500;
const FINDINGS_AT_ONCE = 200;
const OBJECT = /^images\/(.+?)(?:-\d+)?\.[a-z]+$/;

/**
 * Holds the objects in the store against the rows of the images. It walks along both in the order of their keys, so
 * however many there are it holds a few hundred.
 */
export class AssetReconciliation {
  readonly #store: AssetStore;
  readonly #catalogue: ImageCatalogue;
  readonly #clock: Clock;

  constructor(store: AssetStore, catalogue: ImageCatalogue, clock: Clock) {
    this.#store = store;
    this.#catalogue = catalogue;
    this.#clock = clock;
  }

  /**
   * What is on one side only. Images may come and go meanwhile: before something is told or removed, it is looked at
   * again.
   * @throws {Unavailable} while iterating.
   */
  async *findings({ removeOrphans = false } = {}): AsyncGenerator<Finding, void> {
    let orphans: StoredObject[] = [];
    let missing: ExpectedObject[] = [];
    for await (const { object, expected } of this.#differences()) {
      if (object) orphans.push(object);
      if (expected) missing.push(expected);
      if (orphans.length === FINDINGS_AT_ONCE) {
        yield* await this.#confirmOrphans(orphans, removeOrphans);
        orphans = [];
      }
      if (missing.length === FINDINGS_AT_ONCE) {
        yield* await this.#confirmMissing(missing);
        missing = [];
      }
    }
    yield* await this.#confirmOrphans(orphans, removeOrphans);
    yield* await this.#confirmMissing(missing);
  }

  async *#differences(): AsyncGenerator<{ object?: StoredObject; expected?: ExpectedObject }, void> {
    const objects = ascending(this.#store.list(IMAGE_PREFIX));
    const expectations = ascending(this.#expected());
    try {
      let object = (await objects.next()).value;
      let expected = (await expectations.next()).value;
      while (object || expected) {
        if (object && object.key === expected?.key) {
          object = (await objects.next()).value;
          expected = (await expectations.next()).value;
        } else if (object && (!expected || object.key < expected.key)) {
          yield { object };
          object = (await objects.next()).value;
        } else if (expected) {
          yield { expected };
          expected = (await expectations.next()).value;
        }
      }
    } finally {
      await objects.return();
      await expectations.return();
    }
  }

  /** No key is the beginning of another, so the objects of one image stand together. */
  async *#expected(): AsyncGenerator<ExpectedObject, void> {
    let images: readonly CataloguedImage[];
    let last = '';
    do {
      images = await this.#catalogue.after(last, ROWS_AT_ONCE);
      for (const image of images) yield* objectsOf(image).map(key => ({ key, image }));
      last = images.at(-1)?.key ?? last;
    } while (images.length === ROWS_AT_ONCE);
  }

  async #confirmOrphans(candidates: readonly StoredObject[], remove: boolean): Promise<readonly Finding[]> {
    const old = candidates.filter(({ storedAt }) => !this.#isRecent(storedAt));
    const rows = await this.#rowsOf(old.map(({ key }) => OBJECT.exec(key)?.[1] ?? ''));
    const wanted = new Set([...rows.values()].flatMap(objectsOf));
    const orphans = old.filter(({ key }) => !wanted.has(key));
    if (remove) await this.#store.remove(orphans.map(({ key }) => key));
    return orphans.map(orphan => ({ kind: 'object-without-row', ...orphan, removed: remove }));
  }

  async #confirmMissing(candidates: readonly ExpectedObject[]): Promise<readonly Finding[]> {
    const absent: ExpectedObject[] = [];
    for (const candidate of candidates)
      // The list may have passed by before the object of a new image came.
      if (!this.#isRecent(candidate.image.createdAt) || !(await this.#isThere(candidate.key)))
        absent.push(candidate);
    // Last of all: a row goes before its objects, so whoever still has one should have the others.
    const rows = await this.#rowsOf(absent.map(({ image }) => image.key));
    return absent
      .filter(({ image }) => rows.has(image.key))
      .map(({ key }) => ({ kind: 'row-without-object', key }));
  }

  async #isThere(key: string): Promise<boolean> {
    for await (const object of this.#store.list(key)) if (object.key === key) return true;
    return false;
  }

  async #rowsOf(keys: readonly string[]): Promise<ReadonlyMap<string, CataloguedImage>> {
    const unique = [...new Set(keys)];
    const images = unique.length === 0 ? [] : await this.#catalogue.ofKeys(unique);
    return new Map(images.map(image => [image.key, image]));
  }

  #isRecent(instant: Date): boolean {
    return instant.getTime() > this.#clock.now().getTime() - UPLOAD_MS;
  }
}

// `key-320.webp` comes before `key.jpg`.
const objectsOf = ({ key, format, variantWidths }: CataloguedImage): readonly string[] =>
  imageObjects(key, format, variantWidths).toSorted();

/** Fails where the order is not kept: a walk side by side would then tell nonsense, and remove what is needed. */
async function* ascending<Item extends { readonly key: string }>(
  items: AsyncIterable<Item>,
): AsyncGenerator<Item, void> {
  let last: string | null = null;
  for await (const item of items) {
    if (last !== null && item.key <= last)
      throw new Error('The keys do not come in the order of their code units.');
    last = item.key;
    yield item;
  }
}
