import type { UnitOfWork, UnitOfWorkFactory } from '../../shared/services/unit-of-work.ts';
import type { AccountHolds, GreetingRepository, GuestbookRepository } from '../domain/repositories.ts';

/**
 * Which unit it was: whoever counts the greetings can tell by it whether the unit was committed before the count.
 * A decimal number.
 */
export type UnitStamp = string;

/** One atomic change to guestbooks. */
export interface GuestbookWork extends UnitOfWork {
  /** To be asked for before the commit. */
  stamp(): Promise<UnitStamp>;
  readonly accounts: AccountHolds;
  readonly greetings: GreetingRepository;
  readonly guestbooks: GuestbookRepository;
}

export type GuestbookWorkFactory = UnitOfWorkFactory<GuestbookWork>;
