/** A heading and those below it. `id` is its anchor in the article's HTML. */
export interface Heading {
  readonly id: string;
  /** 1 to 6, as written. */
  readonly level: number;
  readonly title: string;
  readonly children: readonly Heading[];
}

/** What a body's Markdown became. Made when the body is written, so that reading costs nothing. */
export interface Rendering {
  /** Sanitised: safe to put into a page as it is. */
  readonly html: string;
  readonly tableOfContents: readonly Heading[];
  /** Whole minutes, at least 1. */
  readonly readingMinutes: number;
  /** Of the renderer. An article that was rendered by an older one is rendered again by a command. */
  readonly rendererVersion: number;
}
