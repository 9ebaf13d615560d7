import { DomainError } from '../../shared/domain/domain-error.ts';

export class UsernameTaken extends DomainError {
  constructor() {
    super('conflict', 'username_taken', 'This username is taken.');
  }
}

export class EmailTaken extends DomainError {
  constructor() {
    super('conflict', 'email_taken', 'An account with this mail address exists already.');
  }
}

export class RegistrationClosed extends DomainError {
  constructor() {
    super('forbidden', 'registration_closed', 'New accounts cannot be registered here.');
  }
}

export class AddressNotAllowed extends DomainError {
  constructor() {
    super(
      'forbidden',
      'address_not_allowed',
      'This mail address is not on the list of those who may register here.',
    );
  }
}

/** One answer for every cause, so that it does not tell which accounts exist. */
export class InvalidCredentials extends DomainError {
  constructor() {
    super('unauthenticated', 'invalid_credentials', 'The mail address or the password is wrong.');
  }
}

export class WrongPassword extends DomainError {
  constructor() {
    super('invalid', 'wrong_password', 'This is not the current password.');
  }
}

export class LinkNotValid extends DomainError {
  constructor() {
    super('invalid', 'link_not_valid', 'This link was used or replaced by a newer one, or has expired.');
  }
}

export class AccountNotFound extends DomainError {
  constructor() {
    super('not-found', 'account_not_found', 'There is no such account.');
  }
}

export class SessionNotFound extends DomainError {
  constructor() {
    super('not-found', 'session_not_found', 'There is no such session.');
  }
}

export class TooManyLinks extends DomainError {
  constructor(most: number) {
    super('invalid', 'too_many_links', `At most ${most} links.`);
  }
}

export class AlreadyBanned extends DomainError {
  constructor() {
    super('conflict', 'already_banned', 'This account is banned already.');
  }
}

export class NotBanned extends DomainError {
  constructor() {
    super('conflict', 'not_banned', 'This account is not banned.');
  }
}

/** The session behind a refresh token is over; the client has to log in again. */
export class RefreshRefused extends DomainError {
  constructor(code: 'session_gone' | 'refresh_reused' | 'session_expired') {
    super('unauthenticated', code, 'This session has ended. Please log in again.');
  }
}

export class RefreshTokenUnusable extends DomainError {
  constructor(code: 'refresh_token_missing' | 'refresh_token_malformed' | 'ambiguous_cookie') {
    super('malformed', code, 'The request needs exactly one well-formed refresh token cookie.');
  }
}

export type AccessRefusal = 'token_invalid' | 'token_expired' | 'session_revoked';

/** Answered 403, as the product's contract wants; the code tells a client whether to refresh or to log in. */
export class AccessRefused extends DomainError {
  constructor(code: AccessRefusal) {
    super('forbidden', code, 'The access token is not usable.');
  }
}
