import { Readable } from 'node:stream';
import { z } from 'zod';
import { wantedRange, type WantedRange } from '../../shared/presentation/byte-range.ts';
import { isFresh } from '../../shared/presentation/conditional.ts';
import type { Logger } from '../../shared/presentation/logger.ts';
import { type Answer, type Incoming, type Route, route } from '../../shared/presentation/route.ts';
import { ImageNotFound } from '../domain/errors.ts';
import { IMAGE_FORMATS, IMAGE_PREFIX, imageFileName } from '../domain/image.ts';
import { imageKeyIn } from '../domain/image-key.ts';
import type { AssetStore } from '../services/asset-store.ts';
import type { ImageQueries, ImageRow } from '../services/image-queries.ts';

/** What was uploaded under a name never changes: nobody ever has to ask again. */
const FOR_GOOD = 'public, max-age=31536000, immutable';

const SAFE_ELSEWHERE = {
  // Should a browser ever take it for a page, it is one that can do nothing.
  'Content-Security-Policy': "default-src 'none'; sandbox",
  // Web apps on other origins show them.
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Accept-Ranges': 'bytes',
};

const params = z.strictObject({ username: z.string(), file: z.string() });

interface ShownFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
}

/** The files of images, for everybody. */
export class ImageServingController {
  readonly #queries: ImageQueries;
  readonly #store: AssetStore;
  readonly #logger: Logger;

  constructor(queries: ImageQueries, store: AssetStore, logger: Logger) {
    this.#queries = queries;
    this.#store = store;
    this.#logger = logger;
  }

  routes(): readonly Route[] {
    return [
      route({
        method: 'get',
        path: '/v1/users/:username/images/:file',
        operationId: 'getImageFile',
        tag: 'Images',
        summary: 'The file of an image',
        description: 'The address stays good when its owner takes another name. Ranges are understood.',
        access: 'public',
        request: { params },
        answers: {
          200: { description: 'The whole file.', types: CONTENT_TYPES },
          206: { description: 'The part that was asked for.', types: CONTENT_TYPES },
          304: { description: 'You have it.' },
        },
        refusals: { 404: ['image_not_found'], 416: ['range_not_satisfiable'] },
        handle: incoming => this.#serve(incoming),
      }),
    ];
  }

  async #serve({
    params: { username, file },
    conditions,
    range,
  }: Incoming<{ params: typeof params }>): Promise<Answer> {
    const key = imageKeyIn(file);
    const image = key === null ? null : await this.#queries.shown(username, key);
    const shown = image && filesOf(image).find(({ name }) => name === file);
    if (!image || !shown) throw new ImageNotFound();
    const etag = `"${file}"`;
    const headers = { ...SAFE_ELSEWHERE, ETag: etag, 'Cache-Control': FOR_GOOD };
    if (isFresh(conditions, { etag })) return { status: 304, headers };
    const part = wantedRange(range, etag, shown.bytes);
    const length = part ? part.last - part.first + 1 : shown.bytes;
    const bytes = { type: shown.type, length, open: () => this.#open(image, file, part) };
    if (!part) return { status: 200, headers, bytes };
    const contentRange = `bytes ${part.first}-${part.last}/${shown.bytes}`;
    return { status: 206, headers: { ...headers, 'Content-Range': contentRange }, bytes };
  }

  async #open({ id }: ImageRow, file: string, part: WantedRange | null): Promise<Readable> {
    const source = await this.#store.open(IMAGE_PREFIX + file, part ?? undefined);
    if (source) return Readable.from(source, { objectMode: false });
    // Not the name of the object: whoever has it has the picture.
    this.#logger.error({ image: id }, 'an object of an image is missing in the store');
    throw new ImageNotFound();
  }
}

const CONTENT_TYPES = Object.values(IMAGE_FORMATS).map(({ contentType }) => contentType);

const filesOf = ({ key, format, bytes, variants }: ImageRow): readonly ShownFile[] => [
  { name: imageFileName(key, format), type: IMAGE_FORMATS[format].contentType, bytes },
  ...variants.map(variant => ({
    name: imageFileName(key, format, variant.width),
    type: IMAGE_FORMATS.webp.contentType,
    bytes: variant.bytes,
  })),
];
