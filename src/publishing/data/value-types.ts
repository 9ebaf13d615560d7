import { ArrayType } from '@mikro-orm/core';
import { valueObjectType } from '../../shared/data/value-object-type.ts';
import { ImageAddress } from '../domain/image-address.ts';
import { Slug } from '../domain/slug.ts';
import { Tag } from '../domain/tag.ts';
import { Title } from '../domain/title.ts';

export const TitleType = valueObjectType(
  'text',
  text => Title.stored(text),
  title => title.value,
);
export const SlugType = valueObjectType(
  'text',
  text => Slug.stored(text),
  slug => slug.value,
);
export const ImageAddressType = valueObjectType(
  'text',
  text => ImageAddress.stored(text),
  address => address.value,
);

export class TagsType extends ArrayType<Tag> {
  constructor() {
    super(
      text => Tag.stored(text),
      tag => tag.value,
    );
  }
}
