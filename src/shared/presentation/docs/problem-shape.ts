import { z } from 'zod';

/** RFC 9457, as every refusal is answered. */
export const problemShape = z
  .looseObject({
    type: z.string().meta({
      description: 'A stable URN made from the code.',
      examples: ['urn:daymark:problem:invalid_fields'],
    }),
    title: z.string().meta({ description: 'What this type of problem is called.' }),
    status: z.number().int(),
    detail: z
      .string()
      .optional()
      .meta({ description: 'A sentence for a person. Absent for an unknown failure.' }),
    code: z.string().meta({ description: 'Stable; decide by this one.', examples: ['invalid_fields'] }),
    request_id: z.string().meta({ description: 'Also in `X-Request-Id` and in the log.' }),
    errors: z
      .array(
        z.object({
          pointer: z
            .string()
            .meta({ description: 'RFC 6901, into the body or the parameters.', examples: ['/email'] }),
          code: z.string(),
          detail: z.string(),
        }),
      )
      .optional()
      .meta({ description: 'Every refused field.' }),
  })
  .meta({ id: 'Problem', description: 'Why a request was refused (RFC 9457).' });
