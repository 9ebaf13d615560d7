import { DayStart } from '../../../../src/accounts/domain/day-start.ts';
import { Email } from '../../../../src/accounts/domain/email.ts';
import { plainText } from '../../../../src/shared/domain/plain-text.ts';
import { ProfileLink } from '../../../../src/accounts/domain/profile-link.ts';
import { RegistrationPolicy } from '../../../../src/accounts/domain/registration-policy.ts';
import { TimeZone } from '../../../../src/accounts/domain/time-zone.ts';
import { Username } from '../../../../src/accounts/domain/username.ts';
import { DomainError } from '../../../../src/shared/domain/domain-error.ts';

const outcomeOf = (make: () => { readonly value: string } | string): string => {
  try {
    const made = make();
    return typeof made === 'string' ? made : made.value;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return error.code;
  }
};

describe('a username', () => {
  test.each(['ab', 'Ada', 'ada-lovelace', 'ada_l', 'a1', '42', 'A-b_C-9', 'x'.repeat(30)])(
    'can be %j',
    text => {
      expect(Username.of(text).value).toBe(text);
    },
  );

  test.each([
    ...[
      '',
      'a',
      'x'.repeat(31),
      '-ada',
      'ada-',
      '_ada',
      'ada_',
      'a--b',
      'a__b',
      'a-_b',
      'a b',
      'ada\0',
      'ada\nx',
    ],
    ...['ädä', 'аda', 'ada.l', 'ada@x', 'ada/x', '../ada', 'ada%20', '<b>', 'ada\u200b', 'ａｄａ'],
  ])('cannot be %j', text => {
    expect(outcomeOf(() => Username.of(text))).toBe('invalid_username');
  });

  test.each(['admin', 'Admin', 'ROOT', 'me', 'api', 'daymark', 'well-known', 'null', 'undefined', 'www'])(
    '%j reads as the site itself, or is free',
    text => {
      expect(outcomeOf(() => Username.of(text))).toBe(text === 'well-known' ? text : 'username_reserved');
    },
  );

  test('is shown as typed and unique in any case', () => {
    expect([Username.of(' Ada ').value, Username.of('Ada').key]).toEqual(['Ada', 'ada']);
  });
});

describe('a time zone', () => {
  test.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['europe/berlin', 'Europe/Berlin'],
    ['UTC', 'UTC'],
    ['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['Pacific/Auckland', 'Pacific/Auckland'],
  ])('%j is %j', (text, value) => {
    expect(TimeZone.of(text).value.replace('Argentina/', '')).toBe(value.replace('Argentina/', ''));
  });

  test.each([
    '',
    'Mars/Base',
    '+01:00',
    '-0800',
    '01:00',
    'Europe/Berlin\0',
    ' Europe/Berlin',
    'x'.repeat(65),
  ])('%j is none', text => {
    expect(outcomeOf(() => TimeZone.of(text))).toBe('invalid_time_zone');
  });
});

describe('the start of a day', () => {
  test.each(['00:00', '04:30', '09:59', '10:00', '11:59'])('can be %s', text => {
    expect(DayStart.of(text).value).toBe(text);
  });

  test.each([
    '',
    '12:00',
    '23:59',
    '24:00',
    '4:30',
    '04:60',
    '04:5',
    '04-30',
    '04:30:00',
    ' 04:30',
    '04:30\n',
  ])('cannot be %j', text => {
    expect(outcomeOf(() => DayStart.of(text))).toBe('invalid_day_start');
  });

  test('is midnight unless somebody says otherwise', () => {
    expect(DayStart.midnight.value).toBe('00:00');
  });
});

describe('a link on a profile', () => {
  test.each([
    ['https://example.org', 'https://example.org/'],
    [' http://example.org/a?b=c#d ', 'http://example.org/a?b=c#d'],
    ['HTTPS://EXAMPLE.org/A', 'https://example.org/A'],
    ['https://bücher.example/é', 'https://xn--bcher-kva.example/%C3%A9'],
    ['https://example.org/"><script>', 'https://example.org/%22%3E%3Cscript%3E'],
  ])('%j is %j', (text, value) => {
    expect(ProfileLink.of(text).value).toBe(value);
  });

  test.each([
    ...['', 'example.org', '//example.org', '/path', 'javascript:alert(1)', 'JaVaScRiPt:alert(1)'],
    ...[
      'java\nscript:alert(1)',
      'data:text/html,x',
      'ftp://example.org',
      'mailto:a@example.org',
      'file:///etc/passwd',
    ],
    ...[
      'https://user@example.org',
      'https://user:pw@example.org',
      'https://',
      `https://example.org/${'x'.repeat(281)}`,
    ],
  ])('cannot be %j', text => {
    expect(outcomeOf(() => ProfileLink.of(text))).toBe('invalid_link');
  });

  test('has at most 300 characters once it is written in full', () => {
    expect(outcomeOf(() => ProfileLink.of(`https://example.org/${'x'.repeat(280)}`))).toHaveLength(300);
    expect(outcomeOf(() => ProfileLink.of(`https://example.org/${'é'.repeat(100)}`))).toBe('invalid_link');
  });
});

describe('a short text about oneself', () => {
  test.each([
    ['  London ', 'London'],
    ['two\nlines', 'two\nlines'],
    ['two\r\nlines', 'two\nlines'],
    ['Jose\u0301', 'Jos\u00e9'],
    ['', ''],
    ['<b>not markup</b>', '<b>not markup</b>'],
  ])('%j is kept as %j', (text, value) => {
    expect(plainText(text, 100)).toBe(value);
  });

  test.each(['a\0b', 'a\tb', 'a\u0007b', 'a\u202eb', 'a\u2066b', 'a\rb', 'a\u009fb'])(
    '%j has characters that are not seen',
    text => {
      expect(outcomeOf(() => plainText(text, 100))).toBe('unseen_characters');
    },
  );

  test('is measured in code points, after trimming', () => {
    expect(plainText(`  ${'🦊'.repeat(10)}  `, 10)).toBe('🦊'.repeat(10));
    expect(outcomeOf(() => plainText('🦊'.repeat(11), 10))).toBe('too_long');
  });
});

describe('who may register', () => {
  const admitted = (policy: RegistrationPolicy, address: string): string =>
    outcomeOf(() => {
      policy.admit(Email.of(address));
      return 'admitted';
    });

  test('everybody where it is open, whatever the list', () => {
    expect(admitted(new RegistrationPolicy('open', []), 'ada@example.org')).toBe('admitted');
  });

  test('nobody where it is closed, whatever the list', () => {
    const policy = new RegistrationPolicy('closed', ['ada@example.org', '@example.org']);

    expect(admitted(policy, 'ada@example.org')).toBe('registration_closed');
  });

  test.each([
    ['ada@example.org', 'admitted'],
    ['ADA@Example.org', 'admitted'],
    ['ada+tag@example.org', 'address_not_allowed'],
    ['bob@example.org', 'address_not_allowed'],
    ['anybody@club.example', 'admitted'],
    ['anybody@sub.club.example', 'address_not_allowed'],
    ['anybody@notclub.example', 'address_not_allowed'],
  ])('where there is a list, %j is %s', (address, expected) => {
    const policy = new RegistrationPolicy('allowlist', ['Ada@Example.org', '@Club.example']);

    expect(admitted(policy, address)).toBe(expected);
  });

  test.each(['Ada@bücher.example', '@bücher.example', ' @BÜCHER.example ', '@xn--bcher-kva.example'])(
    'an entry may be written as people write it (%j)',
    entry => {
      expect(admitted(new RegistrationPolicy('allowlist', [entry]), 'ada@BÜCHER.example')).toBe('admitted');
    },
  );

  test.each(['example.org', '@', '@localhost', 'a b@example.org'])('an entry cannot be %j', entry => {
    expect(() => new RegistrationPolicy('allowlist', [entry])).toThrow('not a mail address');
  });
});
