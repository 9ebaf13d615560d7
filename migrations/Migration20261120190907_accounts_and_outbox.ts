import { Migration } from '@mikro-orm/migrations';

export class Migration20261120190907_accounts_and_outbox extends Migration {
  override name = 'Migration20261120190907_accounts_and_outbox';

  override up(): void {
    this.addSql(
      `create table "accounts" ("id" uuid not null, "email" text not null, "email_verified" boolean not null, "password_hash" text not null, "role" text not null, "standing" text not null, "epoch" int not null, "kept_session" text null, "created_at" timestamptz(6) not null, "updated_at" timestamptz(6) not null, "version" int not null default 1, primary key ("id"));`,
    );
    this.addSql(`alter table "accounts" add constraint "accounts_email_unique" unique ("email");`);
    this.addSql(
      `alter table "accounts" add constraint "accounts_role_check" check (role in ('member', 'admin'));`,
    );
    this.addSql(
      `alter table "accounts" add constraint "accounts_standing_check" check (standing in ('active', 'banned'));`,
    );

    this.addSql(
      `create table "audit_entries" ("id" uuid not null, "account_id" uuid null, "kind" text not null, "at" timestamptz(6) not null, "ip" text null, "device" text null, "details" jsonb not null, "ended_session" text null, primary key ("id"));`,
    );
    this.addSql(`create index "audit_entries_account" on "audit_entries" ("account_id", "id");`);
    this.addSql(
      `create index "audit_entries_ended_session" on "audit_entries" ("ended_session") where "ended_session" is not null;`,
    );
    this
      .addSql(`create or replace function "audit_entries_audit_entries_stay_fn"() returns trigger as \$\$ begin if tg_op = 'UPDATE' and new.ip is null and new.device is null
    and (new.id, new.kind, new.at, new.details) = (old.id, old.kind, old.at, old.details)
    and new.account_id is not distinct from old.account_id
    and new.ended_session is not distinct from old.ended_session then
    return new;   end if;   raise exception 'audit entries are append-only' using errcode = 'restrict_violation'; end; \$\$ language plpgsql;`);
    this.addSql(
      `create trigger "audit_entries_stay" BEFORE UPDATE OR DELETE on "audit_entries" for each ROW execute function "audit_entries_audit_entries_stay_fn"();`,
    );

    this.addSql(
      `create table "mail_tickets" ("id" uuid not null, "purpose" text not null, "subject" uuid not null, "address" text not null, "token_hash" text not null, "expires_at" timestamptz(6) not null, "closed_at" timestamptz(6) null, "was_used" boolean not null, "version" int not null default 1, primary key ("id"));`,
    );
    this.addSql(
      `create unique index "mail_tickets_open_unique" on "mail_tickets" ("subject", "purpose", "address") where "closed_at" is null;`,
    );
    this.addSql(`create index "mail_tickets_expires_at" on "mail_tickets" ("expires_at");`);
    this.addSql(
      `alter table "mail_tickets" add constraint "mail_tickets_token_hash_unique" unique ("token_hash");`,
    );

    this.addSql(
      `create table "outbox" ("id" uuid not null, "type" text not null, "payload" jsonb not null, "occurred_at" timestamptz(6) not null, "next_attempt_at" timestamptz(6) not null, "attempts" int not null default 0, "leased_until" timestamptz(6) null, "lease" uuid null, "done_handlers" text[] not null default '{}', "last_error" text null, "gave_up_at" timestamptz(6) null, primary key ("id"));`,
    );
    this.addSql(
      `create index "outbox_due" on "outbox" ("type", "next_attempt_at") where "gave_up_at" is null;`,
    );

    this.addSql(
      `create table "profiles" ("id" uuid not null, "username" text not null, "location" text not null, "bio" text not null, "links" text[] not null, "time_zone" text not null, "day_start" text not null, "created_at" timestamptz(6) not null, "updated_at" timestamptz(6) not null, "version" int not null default 1, primary key ("id"));`,
    );

    this.addSql(
      `create table "registrations" ("id" uuid not null, "email" text not null, "username" text not null, "password_hash" text not null, "time_zone" text not null, "started_at" timestamptz(6) not null, "expires_at" timestamptz(6) not null, "account_id" uuid null, "version" int not null default 1, primary key ("id"));`,
    );
    this.addSql(`create index "registrations_email" on "registrations" ("email");`);
    this.addSql(`create index "registrations_expires_at" on "registrations" ("expires_at");`);

    this.addSql(
      `create table "username_claims" ("key" text not null, "account_id" uuid null, "email" text null, "expires_at" timestamptz(6) null, primary key ("key"));`,
    );
    this.addSql(`create index "username_claims_account" on "username_claims" ("account_id");`);
    this.addSql(
      `alter table "username_claims" add constraint "username_claims_holder_check" check ((account_id is null) = (email is not null) and (email is null) = (expires_at is null));`,
    );

    this.addSql(
      `alter table "profiles" add constraint "profiles_id_foreign" foreign key ("id") references "accounts" ("id") on update no action on delete cascade;`,
    );

    this.addSql(
      `alter table "registrations" add constraint "registrations_account_id_foreign" foreign key ("account_id") references "accounts" ("id") on update no action on delete cascade;`,
    );

    this.addSql(
      `alter table "username_claims" add constraint "username_claims_account_id_foreign" foreign key ("account_id") references "accounts" ("id") on update no action on delete cascade;`,
    );
  }

  override down(): void {
    this.addSql(
      `drop table "username_claims", "registrations", "profiles", "mail_tickets", "audit_entries", "accounts", "outbox";`,
    );
    this.addSql(`drop function "audit_entries_audit_entries_stay_fn"();`);
  }
}
