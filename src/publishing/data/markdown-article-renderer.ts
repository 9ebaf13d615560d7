import { Unavailable } from '../../shared/domain/domain-error.ts';
import { labelOf } from '../../shared/data/error-label.ts';
import { HelperDied, HelperJobFailed, HelperTimedOut } from '../../shared/data/helper-errors.ts';
import { HelperProcess } from '../../shared/data/helper-process.ts';
import { BodyTooComplex } from '../domain/errors.ts';
import type { Rendering } from '../domain/rendering.ts';
import type { ArticleRenderer } from '../services/article-renderer.ts';
import type { RenderJob } from './markdown/render-program.ts';
import { RENDERER_VERSION } from './markdown/version.ts';

export interface MarkdownArticleRendererOptions {
  /** Ours, the one where articles are read first. Links to all others lead outside. */
  readonly origins: readonly string[];
  /** Told when rendering a text has ended its process or failed as it should not, for the log. */
  readonly onDeath?: (reason: string) => void;
}

const WHAT = 'Rendering articles';

// The longest body takes 1.3 s at most when it is an honest one; this leaves room for a machine that has other things to do.
const DEADLINE_MS = 5_000;
const LONGEST_WAIT_MS = 3_000;
// Loaded, 20 MB are in use; honest texts of the longest kind need less than 64.
const HEAP = '--max-old-space-size=256';

/**
 * Renders in processes of its own, because a text can be made to take minutes or gigabytes. Two, so that one such text
 * does not hold up everybody else's.
 */
export class MarkdownArticleRenderer implements ArticleRenderer {
  readonly version = RENDERER_VERSION;
  readonly #origins: readonly string[];
  readonly #onDeath: (reason: string) => void;
  readonly #helper: HelperProcess<RenderJob, Rendering>;

  constructor({ origins, onDeath = () => undefined }: MarkdownArticleRendererOptions) {
    this.#origins = origins;
    this.#onDeath = onDeath;
    this.#helper = new HelperProcess({
      program: new URL('markdown/render-program.ts', import.meta.url),
      what: WHAT,
      deadlineMs: DEADLINE_MS,
      processes: 2,
      mostWaiting: 20,
      longestWaitMs: LONGEST_WAIT_MS,
      nodeOptions: [HEAP],
      onDeath,
    });
  }

  async render(markdown: string): Promise<Rendering> {
    try {
      return await this.#helper.run({ markdown, settings: { origins: this.#origins } });
    } catch (error) {
      throw this.#translated(error);
    }
  }

  close(): Promise<void> {
    return this.#helper.close();
  }

  #translated(error: unknown): unknown {
    if (error instanceof HelperTimedOut) return new BodyTooComplex();
    // V8 aborts when the heap is full. Somebody else kills, such as a machine without memory: then it may work later.
    if (error instanceof HelperDied)
      return error.signal === 'SIGKILL' ? new Unavailable(WHAT, { cause: error }) : new BodyTooComplex();
    if (!(error instanceof HelperJobFailed)) return error;
    // A RangeError is a stack that is full. Anything else is a mistake in a library; the rest of the world goes on.
    if (error.code !== 'body_too_complex' && error.name !== 'RangeError')
      this.#onDeath(`Rendering failed: ${labelOf(error)}.`);
    return new BodyTooComplex();
  }
}
