import type { ZodType } from 'zod';
import type { PublicUser } from '../services/people.ts';

/** What one context shows on everybody's public page. */
export interface PublicPagePart {
  /** The name of what it counts, under `counts`. */
  readonly counted: string;
  /** Further fields of the page and their shapes. */
  readonly fields: Readonly<Record<string, ZodType>>;
  of(
    user: PublicUser,
  ): Promise<{ readonly count: number; readonly fields: Readonly<Record<string, unknown>> }>;
}
