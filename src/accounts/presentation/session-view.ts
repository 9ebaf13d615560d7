import { z } from 'zod';
import type { Session } from '../domain/session.ts';

export const sessionShape = z
  .strictObject({
    id: z.string(),
    device: z.string().meta({ examples: ['Firefox on Linux'] }),
    ip: z.string(),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime(),
    current: z.boolean(),
  })
  .meta({ id: 'Session' });

/** `currentId` is the session of whoever asks. Never a secret of the session. */
export const sessionView = (session: Session, currentId: string | null): z.output<typeof sessionShape> => {
  const { id, device, ip, createdAt, lastUsedAt } = session.snapshot();
  return {
    id,
    device,
    ip,
    created_at: new Date(createdAt).toISOString(),
    last_used_at: new Date(lastUsedAt).toISOString(),
    current: id === currentId,
  };
};
