import { parseMailFrom } from '../../../src/shared/data/mail-from.ts';

test.each([
  ['no-reply@day.example', { name: '', address: 'no-reply@day.example', host: 'day.example' }],
  ['Daymark <no-reply@localhost>', { name: 'Daymark', address: 'no-reply@localhost', host: 'localhost' }],
  ['"Day, Mark" <hi@day.example>', { name: 'Day, Mark', address: 'hi@day.example', host: 'day.example' }],
  ['Tägmark <hi@täg.example>', { name: 'Tägmark', address: 'hi@täg.example', host: 'xn--tg-via.example' }],
])('%s is a sender', (text, sender) => {
  expect(parseMailFrom(text)).toEqual(sender);
});

test.each(['Daymark', 'a@b, c@d', 'Daymark <a@b>, Eve <e@f>', 'Day\r\nBcc: x@y <a@b>', 'a@b@c', '<>', ''])(
  '%j is no sender',
  text => {
    expect(() => parseMailFrom(text)).toThrow('MAIL_FROM');
  },
);
