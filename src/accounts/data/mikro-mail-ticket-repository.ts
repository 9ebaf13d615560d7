import { type FilterQuery, LockMode } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { MailTicketId } from '../domain/ids.ts';
import { type MailPurpose, MailTicket } from '../domain/mail-ticket.ts';
import type { MailTicketRepository } from '../domain/repositories.ts';

export class MikroMailTicketRepository implements MailTicketRepository {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    this.#em = em;
  }

  async add(ticket: MailTicket): Promise<void> {
    // The mapper inserts before it updates, and the index refuses a second open ticket even for that moment.
    await this.#em.flush();
    this.#em.persist(ticket);
  }

  async byId(id: MailTicketId): Promise<MailTicket | null> {
    return await this.#em.findOne(MailTicket, { id });
  }

  async byTokenHash(purpose: MailPurpose, tokenHash: string): Promise<MailTicket | null> {
    const criteria = { _purpose: purpose, _tokenHash: tokenHash } as FilterQuery<MailTicket>;
    return await this.#em.findOne(MailTicket, criteria, { lockMode: LockMode.PESSIMISTIC_WRITE });
  }

  async removeAllFor(subject: string): Promise<void> {
    await this.#em.nativeDelete(MailTicket, { _subject: subject } as FilterQuery<MailTicket>);
  }

  async openFor(subject: string, purpose: MailPurpose): Promise<readonly MailTicket[]> {
    const criteria = { _subject: subject, _purpose: purpose, _closedAt: null } as FilterQuery<MailTicket>;
    return await this.#em.find(MailTicket, criteria);
  }
}
