import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { ImageId } from '../domain/ids.ts';
import { Image } from '../domain/image.ts';
import type { ImageRepository } from '../domain/repositories.ts';

export class MikroImageRepository implements ImageRepository {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    this.#em = em;
  }

  add(image: Image): void {
    this.#em.persist(image);
  }

  async byId(id: ImageId): Promise<Image | null> {
    return await this.#em.findOne(Image, { id });
  }

  async roomTaken(ownerId: AccountId): Promise<{ readonly images: number; readonly bytes: number }> {
    const statement = `select count(*)::int as images, coalesce(sum(total_bytes), 0)::float8 as bytes
      from images where owner_id = ?`;
    const [row] = await this.#em.execute<{ images: number; bytes: number }[]>(statement, [ownerId]);
    return row ?? { images: 0, bytes: 0 };
  }

  remove(image: Image): void {
    this.#em.remove(image);
  }

  async someOf(ownerId: AccountId, most: number): Promise<readonly Image[]> {
    return await this.#em.find(Image, { ownerId }, { limit: most, orderBy: { id: 'asc' } });
  }
}
