import { Session, type SessionLifetimes, type SessionState } from '../domain/session.ts';

/** How a session is written down: everything it knows, as JSON. */
export const writeSession = (session: Session): string => JSON.stringify(session.snapshot());

export const readSession = (record: string): Session => Session.restore(JSON.parse(record) as SessionState);

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * When the record may be forgotten, in milliseconds since the epoch. A day longer than the session lives, so that a
 * late client hears that its session expired or why it ended, not that it never was.
 */
export const forgetAt = (session: Session, lifetimes: SessionLifetimes): number => {
  const { ended } = session.snapshot();
  return (ended ? ended.at : session.expiresAt(lifetimes)) + DAY_MS;
};
