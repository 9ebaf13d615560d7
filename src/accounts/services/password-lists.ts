/** Passwords that attackers try first. Asked with a lower-cased NFKC text. */
export interface CommonPasswords {
  includes(password: string): boolean;
}

/**
 * Passwords known from breaches. Never fails and never takes longer than about 1.5 s: when the source cannot be
 * asked the answer is `false`, because the common list has been asked already.
 */
export interface BreachedPasswords {
  includes(password: string): Promise<boolean>;
}
