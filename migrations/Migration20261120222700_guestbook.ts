import { Migration } from '@mikro-orm/migrations';

export class Migration20261120222700_guestbook extends Migration {
  override name = 'Migration20261120222700_guestbook';

  override up(): void {
    this.addSql(
      `create table "greetings" ("id" uuid not null, "page" uuid not null, "name" text not null, "message" text null, "author_id" uuid null, "hidden_at" timestamptz(6) null, "withheld" boolean not null default false, "created_at" timestamptz(6) not null, "version" int not null default 1, primary key ("id"));`,
    );
    this.addSql(
      `create index "greetings_seen" on "greetings" ("page", "id") where (hidden_at is null and not withheld);`,
    );
    this.addSql(
      `create index "greetings_not_seen" on "greetings" ("page", "id") where (hidden_at is not null or withheld);`,
    );
    this.addSql(
      `create index "greetings_author" on "greetings" ("author_id", "id") where author_id is not null;`,
    );

    this.addSql(
      `create table "guestbooks" ("page" uuid not null, "is_open" boolean not null, "version" int not null default 1, primary key ("page"));`,
    );
  }

  override down(): void {
    this.addSql(`drop table "greetings", "guestbooks";`);
  }
}
