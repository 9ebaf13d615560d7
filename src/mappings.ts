import { AccountMapping } from './accounts/data/account.mapping.ts';
import { AuditEntryMapping } from './accounts/data/audit-entry.mapping.ts';
import { MailTicketMapping } from './accounts/data/mail-ticket.mapping.ts';
import { ProfileMapping } from './accounts/data/profile.mapping.ts';
import { PublicUserMapping } from './accounts/data/public-user.mapping.ts';
import { RegistrationMapping } from './accounts/data/registration.mapping.ts';
import { UsernameClaimMapping } from './accounts/data/username-claim.mapping.ts';
import { GreetingMapping } from './guestbook/data/greeting.mapping.ts';
import { GuestbookMapping } from './guestbook/data/guestbook.mapping.ts';
import { ArticleMapping } from './publishing/data/article.mapping.ts';
import { ArticleTotalMapping } from './publishing/data/article-totals.mapping.ts';
import { ImageMapping } from './publishing/data/image.mapping.ts';
import { SlugClaimMapping } from './publishing/data/slug-claim.mapping.ts';
import { BackupRunMapping } from './shared/data/backup-run.mapping.ts';
import type { Mapping } from './shared/data/orm.ts';
import { OutboxMapping } from './shared/data/outbox.mapping.ts';

/** Every table, for the mapper and the migrations. */
export const mappings = [
  OutboxMapping,
  AccountMapping,
  ProfileMapping,
  UsernameClaimMapping,
  PublicUserMapping,
  RegistrationMapping,
  MailTicketMapping,
  AuditEntryMapping,
  ArticleMapping,
  ArticleTotalMapping,
  SlugClaimMapping,
  ImageMapping,
  GreetingMapping,
  GuestbookMapping,
  BackupRunMapping,
] as unknown as readonly Mapping[];
