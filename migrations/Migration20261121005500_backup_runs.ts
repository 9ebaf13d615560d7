import { Migration } from '@mikro-orm/migrations';

export class Migration20261121005500_backup_runs extends Migration {
  override name = 'Migration20261121005500_backup_runs';

  override up(): void {
    this.addSql(
      `create table "backup_runs" ("id" uuid not null, "kind" text not null, "outcome" text not null, "backup_id" text null, "started_at" timestamptz(3) not null, "finished_at" timestamptz(3) not null, "failure" text null, "bytes" bigint null, "rows" jsonb null, primary key ("id"));`,
    );
    this.addSql(`create index "backup_runs_kind" on "backup_runs" ("kind", "finished_at");`);
    this.addSql(
      `alter table "backup_runs" add constraint "backup_runs_kind_check" check (kind in ('backup', 'verify', 'drill', 'restore'));`,
    );
    this.addSql(
      `alter table "backup_runs" add constraint "backup_runs_outcome_check" check (outcome in ('done', 'failed'));`,
    );
  }

  override down(): void {
    this.addSql(`drop table "backup_runs";`);
  }
}
