import { DomainError } from '../../shared/domain/domain-error.ts';

/** An IANA time zone name, in the spelling of the running tz database. */
export class TimeZone {
  static readonly utc = new TimeZone('UTC');

  readonly value: string;

  private constructor(value: string) {
    this.value = value;
  }

  /** What was checked when it was stored is not checked again, so that a stricter rule locks nobody out. */
  static stored(value: string): TimeZone {
    return new TimeZone(value);
  }

  /** @throws {InvalidTimeZone} for unknown names and for bare offsets, which know no daylight saving. */
  static of(text: string): TimeZone {
    if (!/^[A-Za-z]/.test(text) || text.length > 64) throw new InvalidTimeZone();
    try {
      return new TimeZone(new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone);
    } catch {
      throw new InvalidTimeZone();
    }
  }
}

export class InvalidTimeZone extends DomainError {
  constructor() {
    super('invalid', 'invalid_time_zone', 'This is not an IANA time zone such as Europe/Berlin.');
  }
}
