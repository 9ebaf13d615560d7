import type { AccountId } from '../../shared/domain/identity.ts';
import type { Page, PageRequest } from '../../shared/domain/page.ts';
import type { ImageId } from '../domain/ids.ts';
import type { ImageFile, ImageFormat } from '../domain/image.ts';
import type { Room } from '../domain/image-room.ts';

/** An image as it is stored, whoever looks at it. */
export interface ImageRow extends ImageFile {
  readonly id: ImageId;
  readonly ownerName: string;
  readonly key: string;
  readonly format: ImageFormat;
  readonly variants: readonly ImageFile[];
  readonly createdAt: Date;
}

export interface ImageOwner {
  readonly username: string;
  readonly room: Room;
}

/** Reads that change nothing and load no aggregate. Each is one statement. */
export interface ImageQueries {
  /** Null when the account is closed or banned. */
  owner(accountId: AccountId): Promise<ImageOwner | null>;
  /** An image of somebody who is there, by their name in any case: the present one or that of the upload. */
  shown(username: string, key: string): Promise<ImageRow | null>;
  /** Newest first. */
  ofOwner(accountId: AccountId, page: PageRequest): Promise<Page<ImageRow>>;
}
