import { z } from 'zod';
import type { ActivityRow } from '../services/account-queries.ts';

export const activityShape = z
  .strictObject({
    id: z.uuid(),
    kind: z.string().meta({ examples: ['login_succeeded'] }),
    at: z.iso.datetime(),
    ip: z.string().nullable(),
    device: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Activity' });

export const activityView = ({ id, kind, at, ip, device, details }: ActivityRow) => ({
  id,
  kind,
  at: at.toISOString(),
  ip,
  device,
  details,
});
