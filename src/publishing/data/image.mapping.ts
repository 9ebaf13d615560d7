import { defineEntity, p } from '@mikro-orm/core';
import { entityClass } from '../../shared/data/entity-class.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { ImageId } from '../domain/ids.ts';
import { Image, type ImageFile, type ImageFormat } from '../domain/image.ts';

export const ImageMapping = defineEntity({
  name: 'Image',
  class: entityClass(Image),
  tableName: 'images',
  indexes: [{ name: 'images_owner', properties: ['ownerId', 'id'] }],
  uniques: [{ name: 'images_key_unique', properties: ['key'] }],
  properties: {
    id: p.uuid().primary().$type<ImageId>(),
    ownerId: p.uuid().fieldName('owner_id').$type<AccountId>(),
    ownerName: p.string().columnType('text').fieldName('owner_name'),
    // By code unit, so that rows and objects can be held against each other in one walk along the index.
    key: p.string().columnType('text').collation('C').fieldName('key'),
    format: p.string().columnType('text').fieldName('format').$type<ImageFormat>(),
    width: p.integer(),
    height: p.integer(),
    bytes: p.integer(),
    totalBytes: p.integer().fieldName('total_bytes'),
    variants: p.json<readonly ImageFile[]>(),
    createdAt: p.datetime(6).fieldName('created_at'),
    version: p.integer().version(),
  },
});
