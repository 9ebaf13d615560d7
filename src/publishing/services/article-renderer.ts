import type { Rendering } from '../domain/rendering.ts';

/** Turns Markdown (CommonMark with GFM) into HTML that is safe whatever was written. */
export interface ArticleRenderer {
  /** Rises whenever the same text would become something else. */
  readonly version: number;
  /** @throws {BodyTooComplex} when it takes too long. @throws {Unavailable} when too much is being rendered already. */
  render(markdown: string): Promise<Rendering>;
}
