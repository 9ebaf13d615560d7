import type { Router } from 'express';
import type { ServiceIdentifier } from 'inversify';
import type { Registry } from 'prom-client';
import type { CompleteConfiguration } from './development-secrets.ts';
import type { MakeLimiter } from './shared/data/limiters.ts';
import type { UnitOfWorkGround } from './shared/data/mikro-unit-of-work.ts';
import type { Sql } from './shared/data/postgres.ts';
import type { Redis } from './shared/data/redis.ts';
import type { Clock } from './shared/domain/clock.ts';
import type { Logger } from './shared/presentation/logger.ts';
import type { PublicPagePart } from './shared/presentation/public-page.ts';
import type { ReadinessCheck } from './shared/presentation/readiness.ts';
import type { Route } from './shared/presentation/route.ts';
import type { Authenticator } from './shared/services/authenticator.ts';
import type { EventHandler } from './shared/services/event-handler.ts';
import type { Housekeeping } from './shared/services/housekeeping.ts';
import type { Mailer } from './shared/services/mailer.ts';
import type { People } from './shared/services/people.ts';
import type { PersonalData } from './shared/services/personal-data.ts';

/** Something that holds processes or connections of its own. */
export interface Closing {
  close(): Promise<void>;
}

/** A typed key of the container. A bare symbol would let any type through. */
export const token = <T>(name: string): ServiceIdentifier<T> => Symbol(name);

// What the contexts find in the container.
export const CONFIGURATION = token<CompleteConfiguration>('Configuration');
export const LOGGER = token<Logger>('Logger');
export const METRICS = token<Registry>('Registry');
export const CLOCK = token<Clock>('Clock');
export const SQL = token<Sql>('Sql');
export const UNIT_OF_WORK_GROUND = token<UnitOfWorkGround>('UnitOfWorkGround');
/** Null where limits are switched off. */
export const LIMITERS = token<MakeLimiter | null>('Limiters');
/** Null where sessions live in memory. */
export const REDIS = token<Redis | null>('Redis');
export const PEOPLE = token<People>('People');
export const MAILER = token<Mailer>('Mailer');

// What the contexts contribute.
export const AUTHENTICATOR = token<Authenticator>('Authenticator');
export const ROUTES = token<readonly Route[]>('Routes');
export const READINESS_CHECKS = token<ReadinessCheck>('ReadinessCheck');
export const PAGES = token<Router>('Pages');
export const EVENT_HANDLERS = token<readonly EventHandler[]>('EventHandlers');
/** Closed when the process stops, while Postgres and Redis are still there. */
export const CLOSING = token<Closing>('Closing');
export const HOUSEKEEPING = token<Housekeeping>('Housekeeping');
export const PUBLIC_PAGE_PARTS = token<PublicPagePart>('PublicPagePart');
export const PERSONAL_DATA = token<PersonalData>('PersonalData');
