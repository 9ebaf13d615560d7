import { z } from 'zod';
import { type Route, route } from '../../shared/presentation/route.ts';
import type { EmailService } from '../services/email-service.ts';
import { emailField, tokenField } from './fields.ts';
import { originOf } from './request-origin.ts';

const tag = 'Mail address';

export class EmailController {
  readonly #emails: EmailService;

  constructor(emails: EmailService) {
    this.#emails = emails;
  }

  routes(): readonly Route[] {
    return [this.#request(), this.#confirm(), this.#undo()];
  }

  #request(): Route {
    return route({
      method: 'post',
      path: '/v1/accounts/email',
      operationId: 'requestEmailChange',
      tag,
      summary: 'Ask to move the account to another mail address',
      description:
        'The change waits for the new mailbox. The old one is told, and can undo it for seven days.',
      access: 'bearer',
      request: { body: z.strictObject({ email: emailField, password: z.string() }) },
      answers: {
        202: {
          description: 'Mails are on their way.',
          body: z.strictObject({ status: z.literal('confirmation_sent') }),
        },
      },
      refusals: { 422: ['invalid_fields'], 429: ['too_many_attempts'] },
      handle: async incoming => {
        const { email, password } = incoming.body;
        await this.#emails.requestChange(incoming.caller, email, password, originOf(incoming));
        return { status: 202, body: { status: 'confirmation_sent' } };
      },
    });
  }

  #confirm(): Route {
    return route({
      method: 'post',
      path: '/v1/accounts/email/confirm',
      operationId: 'confirmEmailChange',
      tag,
      summary: 'Confirm the new mail address',
      access: 'public',
      request: { body: z.strictObject({ token: tokenField }) },
      answers: { 204: { description: 'The account has the new address.' } },
      refusals: { 409: ['email_taken'], 422: ['link_not_valid'], 429: ['too_many_attempts'] },
      handle: async incoming => {
        await this.#emails.confirm(incoming.body.token, originOf(incoming));
        return { status: 204 };
      },
    });
  }

  #undo(): Route {
    return route({
      method: 'post',
      path: '/v1/accounts/email/undo',
      operationId: 'undoEmailChange',
      tag,
      summary: 'Undo a change of mail address',
      description:
        'Before or after it was confirmed. Afterwards it ends every session and mails a reset link.',
      access: 'public',
      request: { body: z.strictObject({ token: tokenField }) },
      answers: { 204: { description: 'The account has its former address.' } },
      refusals: { 409: ['email_taken'], 422: ['link_not_valid'], 429: ['too_many_attempts'] },
      handle: async incoming => {
        await this.#emails.undo(incoming.body.token, originOf(incoming));
        return { status: 204 };
      },
    });
  }
}
