import { z } from 'zod';
import { instant } from '../../shared/presentation/instant.ts';
import { publicUserShape, publicUserView } from '../../shared/presentation/public-user-view.ts';
import type { AccountRow, Member, UserRow } from '../services/account-queries.ts';

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

export const userView = (user: UserRow): View<typeof userShape> => ({
  ...publicUserView(user),
  time_zone: user.timeZone,
  day_start: user.dayStart,
});

export const memberView = ({ account, user }: Member): View<typeof memberShape> => ({
  account: accountView(account),
  user: userView(user),
});
