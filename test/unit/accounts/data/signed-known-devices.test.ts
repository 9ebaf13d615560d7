import fc from 'fast-check';
import { SignedKnownDevices } from '../../../../src/accounts/data/signed-known-devices.ts';

const OLD = 'an old secret of at least thirty-two characters';
const NEW = 'a new secret of at least thirty-two characters!';
const devices = new SignedKnownDevices([OLD]);

describe('the cookie of a known device', () => {
  test('is recognised for the account that logged in with it, and for no other', () => {
    const cookie = devices.issue('alice');

    expect(devices.recognise(cookie, 'alice')).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(devices.recognise(cookie, 'bob')).toBeNull();
  });

  test('names a different device at each first login', () => {
    expect(devices.recognise(devices.issue('alice'), 'alice')).not.toBe(
      devices.recognise(devices.issue('alice'), 'alice'),
    );
  });

  test('knows several accounts of one browser as one device', () => {
    const cookie = devices.issue('bob', devices.issue('alice'));

    expect(devices.recognise(cookie, 'bob')).not.toBeNull();
    expect(devices.recognise(cookie, 'alice')).toBe(devices.recognise(cookie, 'bob'));
  });

  test('keeps the five accounts that logged in last', () => {
    const accounts = ['a', 'b', 'c', 'd', 'e'];
    const full = accounts.reduce<string | undefined>((cookie, id) => devices.issue(id, cookie), undefined);
    const afterAReturn = devices.issue('a', full);
    const cookie = devices.issue('f', afterAReturn);

    expect(['a', 'b', 'c', 'd', 'e', 'f'].filter(id => devices.recognise(cookie, id))).toEqual([
      'a',
      'c',
      'd',
      'e',
      'f',
    ]);
  });

  test('does not grow when one account logs in again and again', () => {
    const once = devices.issue('alice');

    expect(devices.issue('alice', devices.issue('alice', once))).toBe(once);
  });

  test('is accepted after the secret was rotated, and signed anew at the next login', () => {
    const cookie = devices.issue('alice');
    const rotated = new SignedKnownDevices([NEW, OLD]);
    const renewed = rotated.issue('alice', cookie);

    expect(rotated.recognise(cookie, 'alice')).toBe(devices.recognise(cookie, 'alice'));
    expect(new SignedKnownDevices([NEW]).recognise(cookie, 'alice')).toBeNull();
    expect(new SignedKnownDevices([NEW]).recognise(renewed, 'alice')).toBe(
      devices.recognise(cookie, 'alice'),
    );
    expect(renewed.split('.')).toHaveLength(3);
  });

  test('says nothing about whose accounts it knows', () => {
    expect(devices.issue('0199f3c1-alice')).not.toContain('alice');
  });

  test('is not recognised when any character of it was changed', () => {
    const cookie = devices.issue('alice');

    // The last character of a base64url text has bits that mean nothing; it is compared as text all the same.
    for (let index = 0; index < cookie.length; index++) {
      const changed = `${cookie.slice(0, index)}${cookie[index] === 'A' ? 'B' : 'A'}${cookie.slice(index + 1)}`;
      expect(devices.recognise(changed, 'alice')).toBeNull();
    }
  });

  test('a proof does not fit another device', () => {
    const [, , proof] = devices.issue('alice').split('.');
    const [version, device] = devices.issue('bob').split('.');

    expect(devices.recognise([version, device, proof].join('.'), 'alice')).toBeNull();
  });

  test.each([
    undefined,
    '',
    '1',
    '1..',
    '1.a.b',
    '2.x.y',
    `${devices.issue('alice')}.`,
    `x${devices.issue('alice')}`,
  ])('malformed as %j it is nobody, and replaced at the next login', cookie => {
    expect(devices.recognise(cookie, 'alice')).toBeNull();
    expect(devices.recognise(devices.issue('alice', cookie), 'alice')).not.toBeNull();
  });

  test('is safe to read whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), text => {
        expect(devices.recognise(text, 'alice')).toBeNull();
        expect(devices.issue('alice', text).length).toBeLessThanOrEqual(244);
      }),
    );
  });

  test('is not made without a secret', () => {
    expect(() => new SignedKnownDevices([])).toThrow();
  });
});
