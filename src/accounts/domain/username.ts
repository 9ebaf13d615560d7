import { DomainError } from '../../shared/domain/domain-error.ts';

const SHAPE = /^[A-Za-z0-9](?:[A-Za-z0-9]|[_-](?=[A-Za-z0-9])){1,29}$/;

// Names that would read as the site itself, or stand where a page of the site stands.
const RESERVED = new Set(
  (
    'about account accounts admin administrator api app article articles assets auth blog cdn config contact count ' +
    'daymark dev docs feed help home images info journey journeys legal login logout mail me metrics moderator news ' +
    'null official operator owner password postmaster privacy public register robots root search security settings ' +
    'signup static status support system team terms test token undefined user users verify web webmaster www'
  ).split(' '),
);

/**
 * The public name of a person, 2 to 30 characters. Shown as typed; two names that differ only in case are the same
 * name. ASCII only, so that no name can be drawn to look like another.
 */
export class Username {
  readonly value: string;

  private constructor(value: string) {
    this.value = value;
  }

  /** What was checked when it was stored is not checked again, so that a stricter rule locks nobody out. */
  static stored(value: string): Username {
    return new Username(value);
  }

  /** @throws {InvalidUsername} @throws {UsernameReserved} */
  static of(text: string): Username {
    const trimmed = text.trim();
    if (!SHAPE.test(trimmed)) throw new InvalidUsername();
    if (RESERVED.has(trimmed.toLowerCase())) throw new UsernameReserved();
    return new Username(trimmed);
  }

  /** What is unique. */
  get key(): string {
    return this.value.toLowerCase();
  }
}

export class InvalidUsername extends DomainError {
  constructor() {
    super(
      'invalid',
      'invalid_username',
      'A username has 2 to 30 letters, digits, hyphens or underscores, and begins and ends with a letter or digit.',
    );
  }
}

export class UsernameReserved extends DomainError {
  constructor() {
    super('invalid', 'username_reserved', 'This username is reserved.');
  }
}
