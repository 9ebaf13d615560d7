import { z } from 'zod';
import { pageQuery } from '../../shared/presentation/page.ts';
import { type Route, route } from '../../shared/presentation/route.ts';
import { ImageNotFound } from '../domain/errors.ts';
import type { ImageId } from '../domain/ids.ts';
import { imageKeyIn } from '../domain/image-key.ts';
import type { ImageQueries } from '../services/image-queries.ts';
import type { ImageService } from '../services/image-service.ts';
import { imageShape, type ImageViews } from './image-views.ts';

const tag = 'Images';

const MOST_FILES = 10;
const MOST_BYTES_PER_FILE = 10 * 1024 * 1024;

/** What people do with their own images. */
export class ImageController {
  readonly #images: ImageService;
  readonly #queries: ImageQueries;
  readonly #views: ImageViews;

  constructor(images: ImageService, queries: ImageQueries, views: ImageViews) {
    this.#images = images;
    this.#queries = queries;
    this.#views = views;
  }

  routes(): readonly Route[] {
    return [this.#upload(), this.#list(), this.#remove(), this.#removeByAddress()];
  }

  #upload(): Route {
    return route({
      method: 'post',
      path: '/v1/assets/images',
      operationId: 'uploadImages',
      tag,
      summary: 'Upload images',
      description:
        'One to ten files of at most 10 MiB, under any field names; all are taken or none. JPEG, PNG, WebP, GIF and AVIF of at most 50 megapixels. Metadata such as the place is removed; smaller versions are made.',
      access: 'bearer',
      upload: {
        mostFiles: MOST_FILES,
        mostBytesPerFile: MOST_BYTES_PER_FILE,
        // A single picture at its largest over 0.3 Mbit/s.
        deadlineSeconds: 300,
        idleSeconds: 20,
      },
      answers: {
        201: {
          description: 'In the order of the files.',
          body: z.strictObject({ images: z.array(imageShape) }),
        },
      },
      refusals: {
        409: ['quota_exceeded'],
        422: ['no_files', 'not_an_image', 'too_many_pixels'],
        429: ['too_many_attempts'],
      },
      handle: async ({ caller, files }) => {
        const images = await this.#images.upload(caller.accountId, files);
        return { status: 201, body: { images: images.map(image => this.#views.view(image)) } };
      },
    });
  }

  #list(): Route {
    return route({
      method: 'get',
      path: '/v1/assets/images',
      operationId: 'listImages',
      tag,
      summary: 'Your images',
      access: 'bearer',
      request: { query: pageQuery },
      answers: {
        200: { description: 'Newest first.', body: z.strictObject({ images: z.array(imageShape) }) },
      },
      handle: async ({ caller, query }) => {
        const { items, total } = await this.#queries.ofOwner(caller.accountId, query);
        const images = items.map(image => this.#views.view(image));
        return { status: 200, body: { images }, listing: { ...query, total } };
      },
    });
  }

  #remove(): Route {
    return route({
      method: 'delete',
      path: '/v1/assets/images/:id',
      operationId: 'deleteImage',
      tag,
      summary: 'Delete an image',
      description: 'For good. Whoever has seen it may have kept it.',
      access: 'bearer',
      request: { params: z.strictObject({ id: z.uuid() }) },
      answers: { 204: { description: 'It is gone.' } },
      refusals: { 404: ['image_not_found'] },
      handle: async ({ caller, params }) => {
        await this.#images.remove(caller.accountId, params.id as ImageId);
        return { status: 204 };
      },
    });
  }

  #removeByAddress(): Route {
    return route({
      method: 'delete',
      path: '/v1/users/:username/images/:file',
      operationId: 'deleteImageByAddress',
      tag,
      summary: 'Delete an image by the address of one of its files',
      description: 'The whole image, for who has nothing but its address, as it stands in an article.',
      access: 'bearer',
      request: { params: z.strictObject({ username: z.string(), file: z.string() }) },
      answers: { 204: { description: 'It is gone, and all its versions.' } },
      refusals: { 404: ['image_not_found'] },
      handle: async ({ caller, params: { username, file } }) => {
        const key = imageKeyIn(file);
        const image = key === null ? null : await this.#queries.shown(username, key);
        if (!image) throw new ImageNotFound();
        await this.#images.remove(caller.accountId, image.id);
        return { status: 204 };
      },
    });
  }
}
