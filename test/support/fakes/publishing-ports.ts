import { BodyTooComplex } from '../../../src/publishing/domain/errors.ts';
import type { Rendering } from '../../../src/publishing/domain/rendering.ts';
import type { ArticleLimits } from '../../../src/publishing/services/article-limits.ts';
import type { ArticleRenderer } from '../../../src/publishing/services/article-renderer.ts';
import { TooManyAttempts } from '../../../src/shared/domain/domain-error.ts';
import { aRendering } from '../builders/articles.ts';

/** Wraps a text in a paragraph, and remembers what it was asked for. */
export class FakeRenderer implements ArticleRenderer {
  version = 1;
  readonly rendered: string[] = [];
  /** Called while a text is being rendered. */
  meanwhile: () => unknown = () => undefined;

  async render(markdown: string): Promise<Rendering> {
    this.rendered.push(markdown);
    await this.meanwhile();
    if (markdown.includes('too complex')) throw new BodyTooComplex();
    return aRendering(markdown, this.version);
  }
}

/** Lets everybody do everything, until it is told not to. */
export class FakeArticleLimits implements ArticleLimits {
  isSpent = false;

  spend(): Promise<void> {
    return this.isSpent ? Promise.reject(new TooManyAttempts(60)) : Promise.resolve();
  }

  trySpend(): Promise<boolean> {
    return Promise.resolve(!this.isSpent);
  }
}
