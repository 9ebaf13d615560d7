import type { Allowance } from '../../shared/services/rate-limits.ts';
import type { Limit } from '../services/greeting-limits.ts';

const HOUR = 60 * 60;

export const limits: Readonly<Record<Limit, Allowance>> = {
  // A class of thirty greets its teacher from one address, and some try twice.
  'greeting-on-page-per-ip': { attempts: 40, perSeconds: HOUR },
  // One address does not walk through everybody's page.
  'greeting-per-ip': { attempts: 120, perSeconds: HOUR },
  // Who is signed in can be found and banned.
  'greeting-per-account': { attempts: 200, perSeconds: HOUR },
};
