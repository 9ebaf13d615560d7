/**
 * Remembers in a signed cookie which browser has logged in to which account, so that strangers' guesses at a password
 * never lock out its owner. The cookie grants nothing else, and does not say whose accounts they are.
 */
export interface KnownDevices {
  /** A cookie value that also knows this account. Up to five accounts per browser are kept, the latest first. */
  issue(accountId: string, existingCookie?: string): string;

  /** The device's id when this browser has logged in to this account before, otherwise `null`. Never throws. */
  recognise(cookie: string | undefined, accountId: string): string | null;
}
