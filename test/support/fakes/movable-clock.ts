import type { Clock } from '../../../src/shared/domain/clock.ts';

/** Stands still until it is moved. It begins far from the real time, so that any other clock is noticed. */
export class MovableClock implements Clock {
  #now = Date.parse('2031-05-01T12:00:00Z');

  now(): Date {
    return new Date(this.#now);
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}
