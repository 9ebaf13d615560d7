import { z } from 'zod';
import { IMAGE_FORMATS, imageFileName, type ImageFile, type ImageFormat } from '../domain/image.ts';
import type { ImageRow } from '../services/image-queries.ts';

/** What an image's view is made of; an aggregate has it too. */
type Viewed = Omit<ImageRow, 'createdAt'>;

const fileFields = {
  url: z.string(),
  width: z.int(),
  height: z.int(),
  bytes: z.int(),
  content_type: z.string(),
};

export const imageShape = z
  .strictObject({
    id: z.uuid(),
    ...fileFields,
    variants: z.array(z.strictObject(fileFields)).meta({ description: 'Smaller ones, the smallest first.' }),
  })
  .meta({ id: 'Image' });

export type ImageView = z.output<typeof imageShape>;

/** Images as their owners see them. Addresses are absolute and stay the same for good. */
export class ImageViews {
  readonly #publicUrl: string;

  constructor(publicUrl: string) {
    this.#publicUrl = publicUrl;
  }

  view(image: Viewed): ImageView {
    const { id, ownerName, key, format, variants } = image;
    const folder = `${this.#publicUrl}/v1/users/${ownerName}/images`;
    const file = (name: string, type: ImageFormat, { width, height, bytes }: ImageFile) => ({
      ...{ url: `${folder}/${name}`, width, height, bytes },
      content_type: IMAGE_FORMATS[type].contentType,
    });
    return {
      id,
      ...file(imageFileName(key, format), format, image),
      variants: variants.map(each => file(imageFileName(key, format, each.width), 'webp', each)),
    };
  }
}
