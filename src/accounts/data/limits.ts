import type { Allowance } from '../../shared/services/rate-limits.ts';
import type { Limit } from '../services/attempt-limits.ts';

/** How guesses at one account's password slow down. */
export interface GuessAllowance {
  /** So many failures cost no waiting. */
  readonly free: number;
  /** The wait after the first guess beyond them; it doubles with each further one. */
  readonly firstDelaySeconds: number;
  readonly longestDelaySeconds: number;
  /** When the count begins anew. */
  readonly forgottenAfterSeconds: number;
}

export interface Limits {
  readonly allowances: Readonly<Record<Limit, Allowance>>;
  readonly guesses: GuessAllowance;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

export const limits: Limits = {
  allowances: {
    // A class of thirty behind one address can sign up in one lesson.
    'register-per-ip': { attempts: 40, perSeconds: HOUR },
    // An office that comes in at nine; guessing many accounts with one password stays slow.
    'login-per-ip': { attempts: 100, perSeconds: 5 * MINUTE },
    // Nobody sends mails to strangers by the hundred in our name.
    'mail-request-per-ip': { attempts: 30, perSeconds: HOUR },
    // Mail tokens cannot be guessed; verifying costs a password hash, though.
    'mail-token-per-ip': { attempts: 60, perSeconds: HOUR },
    // Someone at an unlocked screen tries the owner's password to change it.
    'password-check-per-account': { attempts: 10, perSeconds: 15 * MINUTE },
    // A mailbox is not flooded, and a mail that got lost can be asked for again.
    'mail-per-address': { attempts: 5, perSeconds: HOUR },
  },
  // About 110 guesses a day at one account, near the 100 in a row of NIST SP 800-63B-4; the owner waits 15 min at worst.
  guesses: {
    free: 5,
    firstDelaySeconds: 1,
    longestDelaySeconds: 15 * MINUTE,
    forgottenAfterSeconds: 24 * HOUR,
  },
};

/** Seconds to wait after guess number `count`, which counts from 1. */
export const delayAfterGuess = (count: number, allowance: GuessAllowance): number =>
  count <= allowance.free
    ? 0
    : Math.min(
        allowance.firstDelaySeconds * 2 ** Math.min(count - allowance.free - 1, 30),
        allowance.longestDelaySeconds,
      );
