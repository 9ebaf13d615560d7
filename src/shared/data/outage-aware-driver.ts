import { type DriverException, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { DomainError } from '../domain/domain-error.ts';
import { translateOutage } from './postgres.ts';

/** Every statement of the mapper passes here when it fails, also those that a repository runs inside a unit of work. */
export class OutageAwareDriver extends PostgreSqlDriver {
  /** @returns `Unavailable` when the database is down, frozen or full. */
  override convertException(exception: Error): DriverException {
    // Nested calls convert twice, and what is translated already would be wrapped again.
    const translated: unknown =
      exception instanceof DomainError ? exception : translateOutage(super.convertException(exception));
    return translated as DriverException;
  }
}
