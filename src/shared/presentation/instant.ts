import { z } from 'zod';

export const instant = z.iso
  .datetime()
  .meta({ description: 'RFC 3339, UTC', examples: ['2026-03-01T08:30:00.000Z'] });
