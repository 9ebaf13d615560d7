import { DomainError } from '../../shared/domain/domain-error.ts';

/** The local time, `HH:MM`, at which a person's day begins: a night owl's habit at 01:30 belongs to the day before. */
export class DayStart {
  static readonly midnight = DayStart.of('00:00');

  readonly value: string;

  private constructor(value: string) {
    this.value = value;
  }

  /** What was checked when it was stored is not checked again, so that a stricter rule locks nobody out. */
  static stored(value: string): DayStart {
    return new DayStart(value);
  }

  /** @throws {InvalidDayStart} outside 00:00 to 11:59, where "the day before" would stop making sense. */
  static of(text: string): DayStart {
    if (!/^(0\d|1[01]):[0-5]\d$/.test(text)) throw new InvalidDayStart();
    return new DayStart(text);
  }
}

export class InvalidDayStart extends DomainError {
  constructor() {
    super('invalid', 'invalid_day_start', 'A day starts between 00:00 and 11:59, written HH:MM.');
  }
}
