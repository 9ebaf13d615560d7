import { z } from 'zod';
import { type Route, route } from '../../shared/presentation/route.ts';
import type { PasswordService } from '../services/password-service.ts';
import { emailField, passwordField, tokenField } from './fields.ts';
import { originOf } from './request-origin.ts';

const tag = 'Password';

export class PasswordController {
  readonly #passwords: PasswordService;

  constructor(passwords: PasswordService) {
    this.#passwords = passwords;
  }

  routes(): readonly Route[] {
    return [this.#forgot(), this.#reset(), this.#change()];
  }

  #forgot(): Route {
    return route({
      method: 'post',
      path: '/v1/accounts/password/forgot',
      operationId: 'forgotPassword',
      tag,
      summary: 'Ask for a link to set a new password',
      access: 'public',
      request: { body: z.strictObject({ email: emailField }) },
      answers: {
        202: {
          description: 'If an account has this address, a mail is on its way.',
          body: z.strictObject({ status: z.literal('reset_sent') }),
        },
      },
      refusals: { 429: ['too_many_attempts'] },
      handle: async incoming => {
        await this.#passwords.forget(incoming.body.email, originOf(incoming));
        return { status: 202, body: { status: 'reset_sent' } };
      },
    });
  }

  #reset(): Route {
    return route({
      method: 'post',
      path: '/v1/accounts/password/reset',
      operationId: 'resetPassword',
      tag,
      summary: 'Set a new password with the link from the mail',
      description: 'Works once, within an hour. Ends every session; nobody is logged in by it.',
      access: 'public',
      request: { body: z.strictObject({ token: tokenField, password: passwordField }) },
      answers: { 204: { description: 'The new password holds.' } },
      refusals: { 422: ['link_not_valid', 'invalid_fields'], 429: ['too_many_attempts'] },
      handle: async incoming => {
        await this.#passwords.reset(incoming.body.token, incoming.body.password, originOf(incoming));
        return { status: 204 };
      },
    });
  }

  #change(): Route {
    return route({
      method: 'put',
      path: '/v1/accounts/password',
      operationId: 'changePassword',
      tag,
      summary: 'Change the password',
      description: 'Ends all other sessions.',
      access: 'bearer',
      request: { body: z.strictObject({ current_password: z.string(), new_password: passwordField }) },
      answers: { 204: { description: 'The new password holds.' } },
      refusals: { 422: ['invalid_fields'], 429: ['too_many_attempts'] },
      handle: async incoming => {
        const { current_password: current, new_password: wanted } = incoming.body;
        await this.#passwords.change(incoming.caller, current, wanted, originOf(incoming));
        return { status: 204 };
      },
    });
  }
}
