import { z } from 'zod';
import { instant } from '../../shared/presentation/instant.ts';
import type { GreetingRow } from '../services/guestbook-queries.ts';

export const greetingShape = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    message: z.string().nullable(),
    author: z
      .strictObject({ username: z.string() })
      .nullable()
      .meta({ description: 'Null where the guest was not signed in.' }),
    hidden: z.boolean().meta({ description: 'True only for those who may see hidden ones.' }),
    created_at: instant,
  })
  .meta({ id: 'Greeting' });

export const greetingView = (row: GreetingRow): z.output<typeof greetingShape> => ({
  id: row.id,
  name: row.name,
  message: row.message,
  author: row.author === null ? null : { username: row.author },
  hidden: row.hidden,
  created_at: row.createdAt.toISOString(),
});

export const guestbookShape = z.strictObject({ open: z.boolean() }).meta({ id: 'Guestbook' });
