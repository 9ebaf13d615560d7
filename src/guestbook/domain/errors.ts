import { DomainError, InvalidFields } from '../../shared/domain/domain-error.ts';

export class GreetingNotFound extends DomainError {
  constructor() {
    super('not-found', 'greeting_not_found', 'There is no such greeting.');
  }
}

export class GuestbookClosed extends DomainError {
  constructor() {
    super('forbidden', 'guestbook_closed', 'This guestbook takes no greetings at the moment.');
  }
}

/** Everybody may see the page or the greeting, so it cannot be said not to be there. */
export class NotYourGuestbook extends DomainError {
  constructor() {
    super('forbidden', 'not_permitted', 'You are not allowed to do this.');
  }
}

export class BlankName extends DomainError {
  constructor() {
    super('invalid', 'blank_name', 'A name needs at least one character that can be seen.');
  }
}

export class NameOfSeveralLines extends DomainError {
  constructor() {
    super('invalid', 'line_break', 'A name has one line.');
  }
}

export class LinksNeedSignIn extends InvalidFields {
  constructor(fields: readonly ('name' | 'message')[]) {
    super(
      fields.map(field => ({
        pointer: `/${field}`,
        code: 'links_need_sign_in',
        detail: 'Only people who are signed in may leave web or mail addresses.',
      })),
    );
  }
}

/** The account was closed or banned while the request was under way. */
export class AuthorGone extends DomainError {
  constructor() {
    super('forbidden', 'session_revoked', 'The access token is not usable.');
  }
}
