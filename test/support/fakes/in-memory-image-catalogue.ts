import type { CataloguedImage, ImageCatalogue } from '../../../src/publishing/services/image-catalogue.ts';

export class InMemoryImageCatalogue implements ImageCatalogue {
  readonly #images = new Map<string, CataloguedImage>();

  add(image: CataloguedImage): void {
    this.#images.set(image.key, image);
  }

  remove(key: string): void {
    this.#images.delete(key);
  }

  after(key: string, most: number): Promise<readonly CataloguedImage[]> {
    const behind = [...this.#images.values()].filter(image => image.key > key);
    return Promise.resolve(behind.sort((one, other) => (one.key < other.key ? -1 : 1)).slice(0, most));
  }

  ofKeys(keys: readonly string[]): Promise<readonly CataloguedImage[]> {
    return Promise.resolve(keys.flatMap(key => this.#images.get(key) ?? []));
  }
}
