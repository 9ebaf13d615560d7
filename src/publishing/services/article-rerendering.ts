import { BodyTooComplex } from '../domain/errors.ts';
import type { Article } from '../domain/article.ts';
import type { ArticleId } from '../domain/ids.ts';
import type { Rendering } from '../domain/rendering.ts';
import type { ArticleRenderer } from './article-renderer.ts';
import type { ArticleWorkFactory } from './publishing-work.ts';

const BATCH = 20;

export interface Rerendered {
  readonly rendered: number;
  /** Those that the renderer will not render any more; they stay as they were. */
  readonly refused: readonly ArticleId[];
}

/** Renders again what an older renderer made. */
export class ArticleRerendering {
  readonly #work: ArticleWorkFactory;
  readonly #renderer: ArticleRenderer;

  constructor(work: ArticleWorkFactory, renderer: ArticleRenderer) {
    this.#work = work;
    this.#renderer = renderer;
  }

  /** Each article is one unit: what is done stays done, and several may do this side by side. */
  async rerenderOutdated(): Promise<Rerendered> {
    const refused: ArticleId[] = [];
    let rendered = 0;
    for (let batch = await this.#outdated(null); batch.length > 0;) {
      for (const article of batch) {
        const outcome = await this.#rerender(article);
        if (outcome === 'refused') refused.push(article.id);
        if (outcome === 'rendered') rendered++;
      }
      batch = await this.#outdated(batch.at(-1)?.id ?? null);
    }
    return { rendered, refused };
  }

  async #outdated(after: ArticleId | null): Promise<readonly Article[]> {
    await using work = await this.#work.begin();
    return await work.articles.renderedBefore(this.#renderer.version, after, BATCH);
  }

  async #rerender({ id, authorId, body }: Article): Promise<'rendered' | 'refused' | 'done elsewhere'> {
    const rendering = await this.#rendering(body);
    if (!rendering) return 'refused';
    await using work = await this.#work.begin();
    // A banned author's articles too: the ban may be lifted.
    await work.authors.hold(authorId);
    const article = await work.articles.byId(id);
    if (!article || article.body !== body || article.rendererVersion >= rendering.rendererVersion)
      return 'done elsewhere';
    article.rerender(rendering);
    await work.commit();
    return 'rendered';
  }

  async #rendering(body: string): Promise<Rendering | null> {
    try {
      return await this.#renderer.render(body);
    } catch (error) {
      if (error instanceof BodyTooComplex) return null;
      throw error;
    }
  }
}
