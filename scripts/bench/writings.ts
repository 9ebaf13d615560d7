import type pg from 'pg';

/** What the articles and greetings of a filled database are like. */
export interface Extent {
  readonly articles: number;
  readonly greetings: number;
}

const PARAGRAPH =
  'Today the plan was simple: write for an hour, read for another, and walk before the rain came back. ';

/** The first article of each of the first people. */
export const articleOf = (username: string): string => `article-${username.slice('person'.length)}`;

// Large databases are filled at once: the totals, which a trigger keeps row by row, are counted at the end.
const statementsFor = ({ articles, greetings }: Extent, authors: number): readonly string[] => [
  'alter table articles disable trigger articles_totals',
  `insert into articles (id, author_id, title, slug, body, html, table_of_contents, reading_minutes,
     renderer_version, meta_description, tags, status, published_at, created_at, updated_at)
   select gen_random_uuid(), p.id, 'What I learned on day ' || n, 'article-' || n,
     repeat('${PARAGRAPH}', 50), '<p>' || repeat('${PARAGRAPH}', 60) || '</p>',
     '[{"id":"u-first","level":2,"title":"First","children":[]}]', 4, 1, 'A day of learning.',
     array['learning', 'tag-' || n % 50], 'published', now() - n * interval '1 minute',
     now() - n * interval '1 minute', now() - n * interval '1 minute'
   from generate_series(1, ${articles}) n join profiles p on p.username = 'person' || 1 + (n - 1) % ${authors}`,
  `insert into slug_claims (slug, article_id) select slug, id from articles`,
  `insert into article_totals (scope, total)
   select scope, count(*) from articles a,
     unnest(array['', 'author:' || a.author_id] || array(select 'tag:' || t from unnest(a.tags) t)) scope
   group by scope`,
  'alter table articles enable trigger articles_totals',
  `insert into greetings (id, page, name, message, created_at)
   select gen_random_uuid(), p.id, 'Visitor ' || n, 'Lovely page.', now() - n * interval '1 second'
   from generate_series(1, ${greetings}) n join profiles p on p.username = 'person1'`,
  'vacuum analyze',
];

/** Fills a database that has people in it; all greetings are on the first one's page. */
export const settleWritings = async (client: pg.Client, extent: Extent, authors: number): Promise<void> => {
  for (const statement of statementsFor(extent, authors)) await client.query(statement);
};
