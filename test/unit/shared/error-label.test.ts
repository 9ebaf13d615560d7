import { labelOf } from '../../../src/shared/data/error-label.ts';
import { Unavailable } from '../../../src/shared/domain/domain-error.ts';
import { MailRefused } from '../../../src/shared/services/mailer.ts';

test('an error is known by its class and code', () => {
  expect(labelOf(new MailRefused('550 5.1.1'))).toBe('MailRefused 550 5.1.1');
  expect(labelOf(new Unavailable('The database'))).toBe('Unavailable temporarily_unavailable');
  expect(labelOf(new TypeError('x is not a function'))).toBe('TypeError');
});

test('nothing that an error quotes gets through: no address, no token, no line break', () => {
  const leaky = Object.assign(new Error('no such user grace@example.org'), {
    name: 'Failed for grace@example.org',
    code: 'token=abc\ngrace@example.org',
  });

  expect(labelOf(leaky)).toBe('Error');
  expect(labelOf('grace@example.org')).toBe('NotAnError');
});
