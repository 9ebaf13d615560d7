import { z } from 'zod';
import type { AccountRow, Member, UserRow } from '../services/account-queries.ts';

const instant = z.iso
  .datetime()
  .meta({ description: 'RFC 3339, UTC', examples: ['2026-03-01T08:30:00.000Z'] });

export const accountShape = z
  .strictObject({
    id: z.uuid(),
    email: z.string(),
    verified: z.boolean(),
    role: z.enum(['member', 'admin']),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Account' });

export const publicUserShape = z
  .strictObject({
    id: z.uuid(),
    username: z.string(),
    location: z.string(),
    bio: z.string(),
    links: z.array(z.string()),
    created_at: instant,
  })
  .meta({ id: 'PublicUser' });

export const userShape = z
  .strictObject({
    ...publicUserShape.shape,
    time_zone: z.string().meta({ examples: ['Europe/Berlin'] }),
    day_start: z.string().meta({ examples: ['04:00'] }),
  })
  .meta({ id: 'User' });

export const memberShape = z.strictObject({ account: accountShape, user: userShape });

type View<Shape extends z.ZodType> = z.output<Shape>;

/** `verified` says whether the address was proved; it is not where the site opens accounts without that. */
export const accountView = (account: AccountRow): View<typeof accountShape> => ({
  id: account.id,
  email: account.email,
  verified: account.verified,
  role: account.role,
  created_at: account.createdAt.toISOString(),
  updated_at: account.updatedAt.toISOString(),
});

export const publicUserView = (user: UserRow): View<typeof publicUserShape> => ({
  id: user.id,
  username: user.username,
  location: user.location,
  bio: user.bio,
  links: [...user.links],
  created_at: user.createdAt.toISOString(),
});

export const userView = (user: UserRow): View<typeof userShape> => ({
  ...publicUserView(user),
  time_zone: user.timeZone,
  day_start: user.dayStart,
});

export const memberView = ({ account, user }: Member): View<typeof memberShape> => ({
  account: accountView(account),
  user: userView(user),
});
