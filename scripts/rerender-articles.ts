// Renders every article again that an older renderer made. It may be interrupted and run again, also several at once.
// Usage: node scripts/rerender-articles.ts
import { readConfiguration } from '../src/configuration.ts';
import { build } from '../src/container.ts';
import { ArticleRerendering } from '../src/publishing/services/article-rerendering.ts';
import { createLogger } from '../src/shared/presentation/logger.ts';
import { failWith } from './services/report.ts';

const rerender = async (): Promise<void> => {
  const built = await build(readConfiguration(process.env), { logger: createLogger('silent') });
  try {
    const { rendered, refused } = await built.container.get(ArticleRerendering).rerenderOutdated();
    console.log(`${rendered} ${rendered === 1 ? 'article' : 'articles'} rendered again.`);
    for (const id of refused) console.log(`${id} takes too long to render and stays as it was.`);
  } finally {
    await built.close();
  }
};

try {
  await rerender();
} catch (error) {
  failWith(error);
}
