import type { SqlEntityManager } from '@mikro-orm/postgresql';
import {
  type ConstraintErrors,
  MikroUnitOfWork,
  type UnitOfWorkGround,
} from '../../shared/data/mikro-unit-of-work.ts';
import { EmailTaken, UsernameTaken } from '../domain/errors.ts';
import type { AccountsWork, AccountsWorkFactory } from '../services/accounts-work.ts';
import { MikroAccountRepository } from './mikro-account-repository.ts';
import { MikroAuditRepository } from './mikro-audit-repository.ts';
import { MikroMailTicketRepository } from './mikro-mail-ticket-repository.ts';
import { MikroProfileRepository } from './mikro-profile-repository.ts';
import { MikroRegistrationRepository } from './mikro-registration-repository.ts';
import { MikroUsernameClaimRepository } from './mikro-username-claim-repository.ts';

const CONSTRAINTS: ConstraintErrors = {
  accounts_email_unique: () => new EmailTaken(),
  username_claims_pkey: () => new UsernameTaken(),
};

export class MikroAccountsWork extends MikroUnitOfWork implements AccountsWork {
  readonly accounts: MikroAccountRepository;
  readonly profiles: MikroProfileRepository;
  readonly usernames: MikroUsernameClaimRepository;
  readonly registrations: MikroRegistrationRepository;
  readonly tickets: MikroMailTicketRepository;
  readonly audit: MikroAuditRepository;

  private constructor(em: SqlEntityManager, ground: UnitOfWorkGround) {
    super(em, ground, CONSTRAINTS);
    this.accounts = new MikroAccountRepository(em);
    this.profiles = new MikroProfileRepository(em);
    this.usernames = new MikroUsernameClaimRepository(em);
    this.registrations = new MikroRegistrationRepository(em);
    this.tickets = new MikroMailTicketRepository(em);
    this.audit = new MikroAuditRepository(em);
  }

  static over(ground: UnitOfWorkGround): AccountsWorkFactory {
    return {
      begin: async () => new MikroAccountsWork(await MikroUnitOfWork.openTransaction(ground), ground),
    };
  }
}
