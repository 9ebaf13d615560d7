import { z } from 'zod';
import { instant } from '../../shared/presentation/instant.ts';
import { publicUserShape } from '../../shared/presentation/public-user-view.ts';
import type { Heading } from '../domain/rendering.ts';
import type { ArticleSummary, ArticleText } from '../services/article-queries.ts';

interface HeadingView {
  id: string;
  level: number;
  title: string;
  children: HeadingView[];
}

const headingShape: z.ZodType<HeadingView> = z
  .strictObject({
    id: z.string().meta({ description: 'Its anchor in the HTML.' }),
    level: z.int().min(1).max(6),
    title: z.string(),
    get children() {
      return z.array(headingShape);
    },
  })
  .meta({ id: 'Heading' });

export const summaryShape = z
  .strictObject({
    id: z.uuid(),
    created_at: instant,
    updated_at: instant,
    published_at: instant.nullable().meta({ description: 'When it was published first.' }),
    status: z.enum(['draft', 'published']),
    title: z.string(),
    slug: z.string(),
    meta_description: z.string(),
    reading_minutes: z.int().positive(),
    featured_image: z.string().nullable(),
    tags: z.array(z.string()),
    url: z.string().meta({ description: 'Where people read it.' }),
  })
  .meta({ id: 'ArticleSummary' });

export const articleShape = z
  .strictObject({
    ...summaryShape.shape,
    body: z.string().meta({ description: 'Markdown, as written.' }),
    html: z.string().meta({ description: 'Made of the body, and safe to show.' }),
    table_of_contents: z.array(headingShape),
  })
  .meta({ id: 'Article' });

/** An article and who wrote it. */
export const writtenShape = z.strictObject({ article: articleShape, user: publicUserShape });

export const listedArticleShape = z
  .strictObject({ ...summaryShape.shape, user: publicUserShape })
  .meta({ id: 'ListedArticle' });

type View<Shape extends z.ZodType> = z.output<Shape>;

/** Articles on the wire. `webUrl` is where people read them. */
export class ArticleViews {
  readonly #webUrl: string;

  constructor(webUrl: string) {
    this.#webUrl = webUrl;
  }

  summary(article: ArticleSummary): View<typeof summaryShape> {
    return {
      id: article.id,
      created_at: article.createdAt.toISOString(),
      updated_at: article.updatedAt.toISOString(),
      published_at: article.publishedAt?.toISOString() ?? null,
      status: article.status,
      title: article.title,
      slug: article.slug,
      meta_description: article.metaDescription,
      reading_minutes: article.readingMinutes,
      featured_image: article.featuredImage,
      tags: [...article.tags],
      url: this.urlOf(article.slug),
    };
  }

  article(article: ArticleSummary & ArticleText): View<typeof articleShape> {
    return {
      ...this.summary(article),
      body: article.body,
      html: article.html,
      table_of_contents: article.tableOfContents.map(headingView),
    };
  }

  urlOf(slug: string): string {
    return `${this.#webUrl}/articles/${slug}`;
  }
}

const headingView = ({ id, level, title, children }: Heading): HeadingView => ({
  id,
  level,
  title,
  children: children.map(headingView),
});
