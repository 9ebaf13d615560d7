import { Migration } from '@mikro-orm/migrations';

export class Migration20261120215333_publishing extends Migration {
  override name = 'Migration20261120215333_publishing';

  override up(): void {
    this
      .addSql(`create table "articles" ("id" uuid not null, "author_id" uuid not null, "title" text not null, "slug" text not null, "body" text not null, "html" text not null, "table_of_contents" jsonb not null, "reading_minutes" int not null, "renderer_version" int not null, "meta_description" text not null, "featured_image" text null, "tags" text[] not null, "status" text not null, "published_at" timestamptz(6) null, "created_at" timestamptz(6) not null, "updated_at" timestamptz(6) not null, "version" int not null default 1, "withheld" boolean not null default false, "search" tsvector generated always as (to_tsvector('simple', title || ' ' || meta_description || ' ' || left(body, 60000))
  || to_tsvector('english', title || ' ' || left(body, 60000))) stored not null, primary key ("id"));`);
    // Texts lie apart from their rows, so that lists and searches read few pages.
    this.addSql(`alter table "articles" set (toast_tuple_target = 512);`);
    this.addSql(`create index "articles_author" on "articles" ("author_id", "id");`);
    this.addSql(
      `create index "articles_newest" on "articles" ("published_at", "id") include ("tags") where "status" = 'published' and not "withheld";`,
    );
    this.addSql(
      `create index "articles_author_newest" on "articles" ("author_id", "published_at", "id") include ("tags") where "status" = 'published' and not "withheld";`,
    );
    this.addSql(
      `create index "articles_tags" on "articles" using gin ("tags") where "status" = 'published' and not "withheld";`,
    );
    this.addSql(
      `create index "articles_search" on "articles" using gin ("search") where "status" = 'published' and not "withheld";`,
    );
    this.addSql(`alter table "articles" add constraint "articles_slug_unique" unique ("slug");`);

    this.addSql(
      `create table "article_totals" ("scope" text not null, "total" int not null, primary key ("scope"));`,
    );

    this.addSql(
      `create table "images" ("id" uuid not null, "owner_id" uuid not null, "owner_name" text not null, "key" text collate "C" not null, "format" text not null, "width" int not null, "height" int not null, "bytes" int not null, "total_bytes" int not null, "variants" jsonb not null, "created_at" timestamptz(6) not null, "version" int not null default 1, primary key ("id"));`,
    );
    this.addSql(`create index "images_owner" on "images" ("owner_id", "id");`);
    this.addSql(`alter table "images" add constraint "images_key_unique" unique ("key");`);

    this.addSql(
      `create table "slug_claims" ("slug" text not null, "article_id" uuid not null, primary key ("slug"));`,
    );
    this.addSql(`create index "slug_claims_article" on "slug_claims" ("article_id");`);

    this.addSql(
      `alter table "articles" add constraint "articles_status_check" check (status in ('draft', 'published'));`,
    );
    this.addSql(
      `alter table "articles" add constraint "articles_published_check" check (status = 'draft' or published_at is not null);`,
    );
    this
      .addSql(`create or replace function "articles_articles_totals_fn"() returns trigger as \$\$ begin if not coalesce(old.status = 'published' and not old.withheld, false)
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
  return null; end; \$\$ language plpgsql;`);
    this.addSql(
      `create trigger "articles_totals" AFTER INSERT OR UPDATE OR DELETE on "articles" for each ROW execute function "articles_articles_totals_fn"();`,
    );

    // Not in the mappings: see article-list-sql.ts. The settings leave the planner the search index alone, because it takes
    // reading large texts one by one for cheap. The index knows no phrases: their words are looked for first, and the
    // newest articles that hold them all are then read. What must not be there cannot be looked for that loosely.
    this.addSql(`create function "matching_articles"(query tsquery, tag text, most int)
  returns table (id uuid, published_at timestamptz) language sql stable
  set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off
  as \$\$
    with loosened as materialized (
      select case when query::text like '%!%' then query
        else regexp_replace(query::text, '<(-|\\d+)>', '&', 'g')::tsquery end as words
    ), held as (
      select a.id, a.published_at, a.search from articles a
      where a.status = 'published' and not a.withheld and a.search @@ (select words from loosened)
        and (tag is null or a.tags @> array[tag])
      order by a.published_at desc, a.id desc limit 5 * most
    )
    select h.id, h.published_at from held h
    where (select words from loosened) = query or h.search @@ query
    order by h.published_at desc, h.id desc limit most
  \$\$;`);

    this.addSql(
      `alter table "slug_claims" add constraint "slug_claims_article_id_foreign" foreign key ("article_id") references "articles" ("id") on update no action on delete cascade;`,
    );

    this
      .addSql(`create view "public_users" as select p.id, c.key, p.username, p.location, p.bio, p.links, p.created_at, p.version
    from profiles p
    join accounts a on a.id = p.id and a.standing = 'active'
    join username_claims c on c.account_id = p.id;`);
  }

  override down(): void {
    this.addSql(`drop view "public_users";`);
    this.addSql(`drop function "matching_articles"(tsquery, text, int);`);
    this.addSql(`drop table "slug_claims", "articles", "article_totals", "images";`);
    this.addSql(`drop function "articles_articles_totals_fn"();`);
  }
}
