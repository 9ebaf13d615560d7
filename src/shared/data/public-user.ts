import type { AccountId } from '../domain/identity.ts';
import type { PublicUser } from '../services/people.ts';

/**
 * The columns of a `public_users u` in a read of another context. The view is what accounts promise to the others:
 * their tables may change behind it. `u.version` changes with the profile.
 */
export const PUBLIC_USER = `
  u.id as "userId", u.username, u.location, u.bio, u.links, u.created_at as "userCreatedAt"`;

export interface PublicUserColumns {
  readonly userId: AccountId;
  readonly username: string;
  readonly location: string;
  readonly bio: string;
  readonly links: readonly string[];
  readonly userCreatedAt: Date;
}

export const publicUserFrom = (row: PublicUserColumns): PublicUser => ({
  id: row.userId,
  username: row.username,
  location: row.location,
  bio: row.bio,
  links: row.links,
  createdAt: row.userCreatedAt,
});
