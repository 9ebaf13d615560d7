import type { DomainEvent } from '../../shared/domain/events.ts';

/** The rows are gone; the objects follow. Names of objects tell nothing of whose they were. */
export const imageRemoved = (objects: readonly string[]): DomainEvent => ({
  type: 'publishing.image-removed',
  payload: { objects: [...objects] },
});
