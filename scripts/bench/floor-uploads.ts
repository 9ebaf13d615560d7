import { createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import busboy from '@fastify/busboy';
import pg from 'pg';
import sharp from 'sharp';

sharp.concurrency(1);
sharp.cache(false);

const WIDTHS = [320, 640, 1280];

const INSERT = `
  insert into images (id, owner_id, owner_name, key, format, width, height, bytes, total_bytes, variants, created_at)
  values ($1, $2, 'floor', $3, 'jpeg', $4, $5, $6, $6, '[]', now())`;

/** Takes in one jpeg: to the disk, upright and without metadata, with smaller versions, and a row. */
export class FloorUploads {
  readonly #pool: pg.Pool;
  readonly #folder: string;

  constructor(url: string, size: number, folder: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: size });
    this.#folder = folder;
  }

  async take(request: IncomingMessage, ownerId: string) {
    await mkdir(this.#folder, { recursive: true });
    const key = randomBytes(13).toString('hex');
    const upload = join(this.#folder, `${key}.upload`);
    await this.#receive(request, upload);
    const picture = () => sharp(upload, { failOn: 'warning' }).autoOrient();
    const original = await picture()
      .jpeg({ quality: 80 })
      .toFile(join(this.#folder, `${key}.jpg`));
    for (const width of WIDTHS)
      await picture()
        .resize({ width, withoutEnlargement: true })
        .webp({ quality: 78 })
        .toFile(join(this.#folder, `${key}-${width}.webp`));
    await rm(upload);
    const { size } = await stat(join(this.#folder, `${key}.jpg`));
    await this.#pool.query(INSERT, [randomUUIDv7(), ownerId, key, original.width, original.height, size]);
    return { images: [{ key, width: original.width, height: original.height, bytes: size }] };
  }

  #receive(request: IncomingMessage, path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const type = { 'content-type': request.headers['content-type'] ?? '' };
      const reader = new busboy.Busboy({ headers: type });
      reader.on('file', (_field, file) => {
        pipeline(file, createWriteStream(path)).then(resolve, reject);
      });
      reader.on('error', reject);
      request.pipe(reader);
    });
  }
}
