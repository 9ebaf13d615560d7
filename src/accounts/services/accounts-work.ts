import type { UnitOfWork, UnitOfWorkFactory } from '../../shared/services/unit-of-work.ts';
import type {
  AccountRepository,
  AuditRepository,
  MailTicketRepository,
  ProfileRepository,
  RegistrationRepository,
  UsernameClaimRepository,
} from '../domain/repositories.ts';

/** One atomic change to accounts. */
export interface AccountsWork extends UnitOfWork {
  readonly accounts: AccountRepository;
  readonly profiles: ProfileRepository;
  readonly usernames: UsernameClaimRepository;
  readonly registrations: RegistrationRepository;
  readonly tickets: MailTicketRepository;
  readonly audit: AuditRepository;
}

export type AccountsWorkFactory = UnitOfWorkFactory<AccountsWork>;
