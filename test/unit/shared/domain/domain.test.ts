import {
  DomainError,
  InvalidFields,
  StaleAggregate,
  TooManyAttempts,
  Unavailable,
} from '../../../../src/shared/domain/domain-error.ts';
import { accountClosed, pullEvents, record } from '../../../../src/shared/domain/events.ts';
import { newId } from '../../../../src/shared/services/new-id.ts';

describe('a broken rule', () => {
  test('is known by its kind, its stable code, its own name and a sentence', () => {
    class SlugTaken extends DomainError {
      constructor() {
        super('conflict', 'slug_taken', 'This slug is taken.');
      }
    }
    const error = new SlugTaken();

    expect([error.name, error.kind, error.code, error.message]).toEqual([
      'SlugTaken',
      'conflict',
      'slug_taken',
      'This slug is taken.',
    ]);
    expect(error).toBeInstanceOf(Error);
  });

  test('keeps what caused it, for the log', () => {
    const cause = new Error('version 3 expected');

    expect(new StaleAggregate({ cause }).cause).toBe(cause);
    expect(new Unavailable('The database', { cause }).cause).toBe(cause);
  });

  test('of several fields carries them all', () => {
    const errors = [{ pointer: '/email', code: 'invalid_email', detail: 'No.' }];

    expect(new InvalidFields(errors)).toMatchObject({ kind: 'invalid', code: 'invalid_fields', errors });
  });

  test.each([
    [0, 1],
    [0.2, 1],
    [1, 1],
    [59.1, 60],
  ])('of too many attempts names whole seconds, at least one (%d is %d)', (seconds, told) => {
    expect(new TooManyAttempts(seconds).retryAfterSeconds).toBe(told);
  });

  test('of something unavailable names when to come back', () => {
    expect(new Unavailable('The database')).toMatchObject({ kind: 'unavailable', retryAfterSeconds: 1 });
    expect(new Unavailable('It', { retryAfterSeconds: 7 }).retryAfterSeconds).toBe(7);
  });
});

describe('the events of an aggregate', () => {
  test('are handed over in order, once', () => {
    const aggregate = {};
    record(aggregate, { type: 'a.first', payload: {} });
    record(aggregate, { type: 'a.second', payload: {} });

    expect(pullEvents(aggregate).map(({ type }) => type)).toEqual(['a.first', 'a.second']);
    expect(pullEvents(aggregate)).toEqual([]);
  });

  test('are not those of another, and leave no trace in it', () => {
    const [one, other] = [{}, {}];
    record(one, accountClosed(newId(), 'ada@example.org'));

    expect(pullEvents(other)).toEqual([]);
    expect(Reflect.ownKeys(one)).toEqual([]);
  });
});

test('a new id is a UUIDv7 that no other is', () => {
  const ids = Array.from({ length: 1_000 }, () => newId());

  expect(new Set(ids).size).toBe(1_000);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
