import { escapeHtml } from '../../../shared/presentation/html.ts';

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Ccircle cx='16' cy='16' r='14' fill='%23b4541f'/%3E%3Cpath d='m10 16.5 4.5 4.5 8-9.5' fill='none' stroke='white' stroke-width='3.5'/%3E%3C/svg%3E";

export interface PageFacts {
  readonly title: string;
  /** The page's one true address, absolute. */
  readonly canonical: string;
  readonly description: string;
  readonly kind: 'article' | 'profile';
  /** Shown by those who link to the page. */
  readonly image: string | null;
  /** Where the author's Atom feed is, absolute. */
  readonly feed: string;
}

/** A page that needs no script. `content` is HTML. */
export const pageFrame = (facts: PageFacts, content: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(facts.title)}</title>
${described(facts.description)}<link rel="canonical" href="${escapeHtml(facts.canonical)}">
<link rel="alternate" type="application/atom+xml" href="${escapeHtml(facts.feed)}">
<meta property="og:type" content="${facts.kind}">
<meta property="og:title" content="${escapeHtml(facts.title)}">
<meta property="og:url" content="${escapeHtml(facts.canonical)}">
${facts.image === null ? '' : `<meta property="og:image" content="${escapeHtml(facts.image)}">\n`}<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="/reading.css">
</head>
<body>
${content}
</body>
</html>
`;

const described = (description: string): string =>
  description === ''
    ? ''
    : ['name="description"', 'property="og:description"']
        .map(name => `<meta ${name} content="${escapeHtml(description)}">\n`)
        .join('');

/** The page of something that is not there. */
export const notFoundPage = (): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Nothing here</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="/reading.css">
</head>
<body>
<main><h1>There is nothing here</h1><p class="soft">It may have been moved, taken back or never written.</p></main>
</body>
</html>
`;

/** A day as people read it, in UTC, marked up for machines. */
export const dayOf = (instant: Date): string =>
  `<time datetime="${instant.toISOString()}">${DAY.format(instant)}</time>`;

const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });
