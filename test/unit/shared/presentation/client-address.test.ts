import { isLoopback } from '../../../../src/shared/presentation/client-address.ts';

test.each([
  ['127.0.0.1', true],
  ['127.8.8.8', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['10.0.0.1', false],
  ['::ffff:10.0.0.1', false],
  ['', false],
  ['localhost', false],
])('%j is on this machine: %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});
