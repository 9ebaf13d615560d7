import { ContainerModule } from 'inversify';
import { construct } from '../construct.ts';
import { rateLimits } from '../shared/data/rate-limits.ts';
import {
  CLOCK,
  CONFIGURATION,
  EVENT_HANDLERS,
  LIMITERS,
  LOGGER,
  PEOPLE,
  PERSONAL_DATA,
  PUBLIC_PAGE_PARTS,
  REDIS,
  ROUTES,
  SQL,
  UNIT_OF_WORK_GROUND,
} from '../tokens.ts';
import { greetingCounts } from './data/greeting-counts.ts';
import { limits } from './data/limits.ts';
import { MikroGuestbookWork } from './data/mikro-guestbook-work.ts';
import { SqlGuestbookQueries } from './data/sql-guestbook-queries.ts';
import { GreetingController } from './presentation/greeting-controller.ts';
import { GuestbookExport } from './presentation/guestbook-export.ts';
import { GuestbookPagePart } from './presentation/guestbook-page-part.ts';
import { ModerationController } from './presentation/moderation-controller.ts';
import { CountService } from './services/count-service.ts';
import { Departures } from './services/departures.ts';
import { GreetingService } from './services/greeting-service.ts';
import { guestbookEventHandlers } from './services/guestbook-event-handlers.ts';
import { GuestbookService } from './services/guestbook-service.ts';
import { Pages } from './services/pages.ts';
import { COUNTS, LIMITS, QUERIES, WORK } from './tokens.ts';

/** Everything that guestbook brings into the container. */
export const guestbookModule = new ContainerModule(({ bind }) => {
  // Ports and their adapters.
  bind(WORK)
    .toResolvedValue(ground => MikroGuestbookWork.over(ground), [UNIT_OF_WORK_GROUND])
    .inSingletonScope();
  construct(bind, QUERIES, SqlGuestbookQueries, [SQL]);
  bind(COUNTS)
    .toResolvedValue(
      (redis, sql, clock, logger) =>
        greetingCounts(redis, sql, clock, error =>
          logger.error({ err: error }, 'the count of greetings could not be kept'),
        ),
      [REDIS, SQL, CLOCK, LOGGER],
    )
    .inSingletonScope();
  bind(LIMITS)
    .toResolvedValue(
      ({ sessionSecrets }, limiters) => rateLimits(limiters, limits, sessionSecrets),
      [CONFIGURATION, LIMITERS],
    )
    .inSingletonScope();

  // Use cases.
  construct(bind, Pages, Pages, [PEOPLE]);
  construct(bind, GreetingService, GreetingService, [Pages, QUERIES, WORK, COUNTS, LIMITS, CLOCK]);
  construct(bind, CountService, CountService, [Pages, COUNTS, CLOCK]);
  construct(bind, GuestbookService, GuestbookService, [Pages, WORK]);
  construct(bind, Departures, Departures, [WORK, COUNTS]);

  // What the rest of the product gets from guestbook.
  bind(EVENT_HANDLERS).toResolvedValue(guestbookEventHandlers, [Departures, COUNTS]).inSingletonScope();
  construct(bind, PUBLIC_PAGE_PARTS, GuestbookPagePart, [COUNTS, QUERIES]);
  construct(bind, PERSONAL_DATA, GuestbookExport, [QUERIES]);
  bind(ROUTES)
    .toResolvedValue(
      (greetings, counts, guestbooks, { publicUrl }) => [
        ...new GreetingController(greetings, counts, publicUrl).routes(),
        ...new ModerationController(greetings, guestbooks).routes(),
      ],
      [GreetingService, CountService, GuestbookService, CONFIGURATION],
    )
    .inSingletonScope();
});
