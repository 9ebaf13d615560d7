import { z } from 'zod';
import { DomainError } from '../domain/domain-error.ts';

/**
 * A field whose meaning lives in a value object: `of` parses the text, and what it throws becomes a field error with
 * the domain's own code. The schema adds no rule of its own.
 */
export const valueObjectField = <Value>(
  of: (text: string) => Value,
  { example, ...meta }: { description: string; example?: string; format?: string },
): z.ZodPipe<z.ZodString, z.ZodTransform<Value, string>> =>
  z
    .string()
    .meta(example === undefined ? meta : { ...meta, examples: [example] })
    .transform((text, context) => {
      try {
        return of(text);
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        context.addIssue({ code: 'custom', message: error.message, params: { code: error.code } });
        return z.NEVER;
      }
    });
