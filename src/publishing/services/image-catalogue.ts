import type { ImageFormat } from '../domain/image.ts';

/** What an image's row says of its objects. */
export interface CataloguedImage {
  readonly key: string;
  readonly format: ImageFormat;
  readonly variantWidths: readonly number[];
  readonly createdAt: Date;
}

export interface ImageCatalogue {
  /** Some images behind a key, by code unit. @throws {Unavailable} */
  after(key: string, most: number): Promise<readonly CataloguedImage[]>;
  /** Those of some keys, in no order. @throws {Unavailable} */
  ofKeys(keys: readonly string[]): Promise<readonly CataloguedImage[]>;
}
