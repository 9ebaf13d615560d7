import { z } from 'zod';
import type { PublicUser } from '../services/people.ts';
import { instant } from './instant.ts';

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

export const publicUserView = (user: PublicUser): z.output<typeof publicUserShape> => ({
  id: user.id,
  username: user.username,
  location: user.location,
  bio: user.bio,
  links: [...user.links],
  created_at: user.createdAt.toISOString(),
});
