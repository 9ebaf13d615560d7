import type { AccountId } from '../domain/identity.ts';

/** What everybody may see of a person. */
export interface PublicUser {
  readonly id: AccountId;
  readonly username: string;
  readonly location: string;
  readonly bio: string;
  readonly links: readonly string[];
  readonly createdAt: Date;
}

/** Who is who, for every context. Banned and closed accounts are nobody. */
export interface People {
  /** By name in any case. */
  byName(username: string): Promise<PublicUser | null>;
}
