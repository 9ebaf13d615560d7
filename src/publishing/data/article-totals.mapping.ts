import { defineEntity, p } from '@mikro-orm/core';

/**
 * How many articles can be seen, in all, by author and by tag: counting a hundred thousand rows for every list would
 * cost more than the list. A trigger on the articles keeps it. `scope` is '', `author:<id>` or `tag:<tag>`.
 */
export const ArticleTotalMapping = defineEntity({
  name: 'ArticleTotal',
  tableName: 'article_totals',
  properties: {
    scope: p.string().columnType('text').primary(),
    total: p.integer(),
  },
});

// An article that is seen as before changes nothing. Everybody else goes through the row of all articles first and takes
// the others in the order of their scopes, so that two who change several articles do not wait for each other.
export const KEEP_ARTICLE_TOTALS = `
  if not coalesce(old.status = 'published' and not old.withheld, false)
    and not coalesce(new.status = 'published' and not new.withheld, false) then
    return null;
  end if;
  if old.status = new.status and old.withheld = new.withheld and old.tags = new.tags then
    return null;
  end if;
  perform 1 from article_totals where scope = '' for update;
  with changes as (
    select unnest(array['', 'author:' || new.author_id] || array(select 'tag:' || t from unnest(new.tags) t)) as scope,
      1 as change
      where tg_op <> 'DELETE' and new.status = 'published' and not new.withheld
    union all
    select unnest(array['', 'author:' || old.author_id] || array(select 'tag:' || t from unnest(old.tags) t)), -1
      where tg_op <> 'INSERT' and old.status = 'published' and not old.withheld
  )
  insert into article_totals (scope, total)
    select scope, sum(change) from changes group by scope having sum(change) <> 0 order by scope
    on conflict (scope) do update set total = article_totals.total + excluded.total;
  return null;`;
