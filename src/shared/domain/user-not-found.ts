import { DomainError } from './domain-error.ts';

export class UserNotFound extends DomainError {
  constructor() {
    super('not-found', 'user_not_found', 'There is no such user.');
  }
}
