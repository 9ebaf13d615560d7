import { Article } from '../../../src/publishing/domain/article.ts';
import { ImageAddress } from '../../../src/publishing/domain/image-address.ts';
import type { Rendering } from '../../../src/publishing/domain/rendering.ts';
import { Slug } from '../../../src/publishing/domain/slug.ts';
import { Tag } from '../../../src/publishing/domain/tag.ts';
import { Title } from '../../../src/publishing/domain/title.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import { newId } from '../../../src/shared/services/new-id.ts';
import { aName, later, NOON } from './accounts.ts';

export const aRendering = (text: string, rendererVersion = 1): Rendering => ({
  html: `<p>${text}</p>`,
  tableOfContents: [
    { id: 'one', level: 1, title: 'One', children: [{ id: 'two', level: 2, title: 'Two', children: [] }] },
  ],
  readingMinutes: 3,
  rendererVersion,
});

/** A slug that nothing else has in this process. */
export const aSlug = (): Slug => Slug.stored(`slug-${aName()}`);

export const aDraft = (
  facts: { author?: AccountId; slug?: Slug; body?: string; rendererVersion?: number } = {},
): Article => {
  const { author = newId<'AccountId'>(), slug = aSlug(), body = 'Some words.', rendererVersion } = facts;
  const written = { title: Title.of('A title'), slug, body, rendering: aRendering(body, rendererVersion) };
  return Article.draft(newId(), author, written, NOON);
};

/** Published, and with everything that an article can have. */
export const anArticle = (
  facts: { author?: AccountId; slug?: Slug; tags?: readonly string[] } = {},
): Article => {
  const article = aDraft(facts);
  article.describe('What it is about.', later(1));
  article.feature(ImageAddress.of('https://pictures.example/one.jpg'), later(2));
  article.tagAs(
    (facts.tags ?? ['one', 'zwei']).map(tag => Tag.of(tag)),
    later(3),
  );
  article.publish(later(4));
  return article;
};
