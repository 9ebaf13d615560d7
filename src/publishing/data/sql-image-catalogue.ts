import type { Sql } from '../../shared/data/postgres.ts';
import type { ImageFile, ImageFormat } from '../domain/image.ts';
import type { CataloguedImage, ImageCatalogue } from '../services/image-catalogue.ts';

interface Row {
  readonly key: string;
  readonly format: ImageFormat;
  readonly variants: readonly ImageFile[];
  readonly createdAt: Date;
}

const IMAGES = 'select key, format, variants, created_at as "createdAt" from images';

export class SqlImageCatalogue implements ImageCatalogue {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async after(key: string, most: number): Promise<readonly CataloguedImage[]> {
    const rows = await this.#sql.query<Row>(`${IMAGES} where key > $1 order by key limit $2`, [key, most]);
    return rows.map(catalogued);
  }

  async ofKeys(keys: readonly string[]): Promise<readonly CataloguedImage[]> {
    const rows = await this.#sql.query<Row>(`${IMAGES} where key = any($1::text[])`, [keys]);
    return rows.map(catalogued);
  }
}

const catalogued = ({ variants, ...row }: Row): CataloguedImage => ({
  ...row,
  variantWidths: variants.map(({ width }) => width),
});
