import type { AccountId } from '../../shared/domain/identity.ts';
import type { DeliveredEvent, EventHandler } from '../../shared/services/event-handler.ts';
import type { Departures } from './departures.ts';

/** What guestbooks do when something happens to an account. */
export const guestbookEventHandlers = (departures: Departures): readonly EventHandler[] => [
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
];

const accountOf = ({ payload }: DeliveredEvent): AccountId => payload.account_id as AccountId;
