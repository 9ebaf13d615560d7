import { record } from '../../shared/domain/events.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import { imageRemoved } from './events.ts';
import type { ImageId } from './ids.ts';

/** What an image may be, and how its files are called. */
export const IMAGE_FORMATS = {
  jpeg: { contentType: 'image/jpeg', extension: 'jpg' },
  png: { contentType: 'image/png', extension: 'png' },
  webp: { contentType: 'image/webp', extension: 'webp' },
  gif: { contentType: 'image/gif', extension: 'gif' },
  avif: { contentType: 'image/avif', extension: 'avif' },
} as const;

export type ImageFormat = keyof typeof IMAGE_FORMATS;

/** One stored file of an image. Pixels and bytes. */
export interface ImageFile {
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
}

/**
 * A picture that was cleaned and stored, with smaller versions of itself in webp. It never changes, so whoever has seen
 * it may keep it. `key` is random: knowing one address leads to no other.
 */
export class Image {
  readonly id: ImageId;
  readonly ownerId: AccountId;
  readonly key: string;
  /** The owner's name when it was uploaded, in lower case. Its address keeps it, so that links outlive a new name. */
  readonly ownerName: string;
  readonly format: ImageFormat;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly variants: readonly ImageFile[];
  /** Of the original and its smaller versions together: what it takes of its owner's room. */
  readonly totalBytes: number;
  readonly createdAt: Date;

  private constructor(
    id: ImageId,
    owner: { id: AccountId; name: string },
    key: string,
    facts: { format: ImageFormat; original: ImageFile; variants: readonly ImageFile[] },
    now: Date,
  ) {
    this.id = id;
    this.ownerId = owner.id;
    this.ownerName = owner.name.toLowerCase();
    this.key = key;
    this.format = facts.format;
    this.width = facts.original.width;
    this.height = facts.original.height;
    this.bytes = facts.original.bytes;
    this.variants = facts.variants;
    this.totalBytes = this.variants.reduce((sum, { bytes }) => sum + bytes, this.bytes);
    this.createdAt = now;
  }

  static stored(
    id: ImageId,
    owner: { id: AccountId; name: string },
    key: string,
    facts: { format: ImageFormat; original: ImageFile; variants: readonly ImageFile[] },
    now: Date,
  ): Image {
    return new Image(id, owner, key, facts, now);
  }

  /** The objects in the store, the original first. */
  get objects(): readonly string[] {
    const widths = this.variants.map(({ width }) => width);
    return imageObjects(this.key, this.format, widths);
  }

  remove(): void {
    record(this, imageRemoved(this.objects));
  }
}

/** `<key>.jpg`, or `<key>-640.webp` for a smaller version: the last part of an image's address. */
export const imageFileName = (key: string, format: ImageFormat, variantWidth?: number): string =>
  variantWidth === undefined
    ? `${key}.${IMAGE_FORMATS[format].extension}`
    : `${key}-${variantWidth}.${IMAGE_FORMATS.webp.extension}`;

/** Everything of ours in the object store is below this. */
export const IMAGE_PREFIX = 'images/';

export const imageObjects = (
  key: string,
  format: ImageFormat,
  variantWidths: readonly number[],
): readonly string[] =>
  [imageFileName(key, format), ...variantWidths.map(width => imageFileName(key, format, width))].map(
    name => IMAGE_PREFIX + name,
  );
