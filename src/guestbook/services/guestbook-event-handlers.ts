import { DATABASE_RESTORED } from '../../shared/domain/events.ts';
import type { AccountId } from '../../shared/domain/identity.ts';
import type { DeliveredEvent, EventHandler } from '../../shared/services/event-handler.ts';
import type { Departures } from './departures.ts';
import type { GreetingCounts } from './greeting-counts.ts';

/** What guestbooks do when something happens to an account, or to all of them. */
export const guestbookEventHandlers = (
  departures: Departures,
  counts: GreetingCounts,
): readonly EventHandler[] => [
  {
    name: 'guestbook.remove-greetings',
    eventType: 'accounts.account-closed',
    handle: event => departures.remove(accountOf(event)),
  },
  {
    name: 'guestbook.withhold-greetings',
    eventType: 'accounts.account-banned',
    handle: event => departures.followStanding(accountOf(event)),
  },
  {
    name: 'guestbook.show-greetings',
    eventType: 'accounts.account-unbanned',
    handle: event => departures.followStanding(accountOf(event)),
  },
  {
    name: 'guestbook.forget-counts',
    eventType: DATABASE_RESTORED,
    handle: () => counts.forgetAll(),
  },
];

const accountOf = ({ payload }: DeliveredEvent): AccountId => payload.account_id as AccountId;
