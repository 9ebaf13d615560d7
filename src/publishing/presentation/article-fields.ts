import { z } from 'zod';
import { valueObjectField } from '../../shared/presentation/value-object-field.ts';
import { checkedBody, checkedDescription } from '../domain/article.ts';
import { ImageAddress } from '../domain/image-address.ts';
import { Tag } from '../domain/tag.ts';
import { Title } from '../domain/title.ts';

export const titleField = valueObjectField(text => Title.of(text), {
  description: 'One line of at most 200 characters.',
  example: 'Ten days of rain',
});

export const bodyField = valueObjectField(checkedBody, {
  description: 'CommonMark with GFM, at most 500,000 characters. Raw HTML is cleaned.',
  example: '# Day one\n\nIt **rained**.',
});

export const metaDescriptionField = valueObjectField(checkedDescription, {
  description: 'What the article is about, for search engines and feeds: at most 300 characters.',
});

export const featuredImageField = valueObjectField(text => ImageAddress.of(text), {
  description: 'An http or https address of at most 500 characters.',
  format: 'uri',
});

export const tagField = valueObjectField(text => Tag.of(text), {
  description: 'A word of at most 40 letters, digits and hyphens; case does not matter.',
  example: 'weather',
});

export const statusField = z
  .enum(['draft', 'published'])
  .meta({ description: 'A draft is its author’s alone.' });

export const slugParameter = z.strictObject({
  slug: z
    .string()
    .meta({ description: 'The present slug or an earlier one.', examples: ['ten-days-of-rain'] }),
});
