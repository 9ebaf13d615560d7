import { Type } from '@mikro-orm/core';

/**
 * How a value object with one field lives in one column. `restore` must not check anything: what is stored was
 * checked before.
 */
export const valueObjectType = <Value extends object>(
  columnType: string,
  restore: (stored: string) => Value,
  store: (value: Value) => string,
): new () => Type<Value | null, string | null> =>
  class extends Type<Value | null, string | null> {
    override convertToDatabaseValue(value: Value | string | null): string | null {
      return value === null || typeof value === 'string' ? value : store(value);
    }

    override convertToJSValue(value: string | null): Value | null {
      return value === null ? null : restore(value);
    }

    override getColumnType(): string {
      return columnType;
    }

    // Two value objects are the same when they store the same; without this every load would look like a change.
    override compareAsType(): string {
      return 'string';
    }
  };
