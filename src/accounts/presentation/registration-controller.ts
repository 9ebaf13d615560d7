import { z } from 'zod';
import { type Route, route } from '../../shared/presentation/route.ts';
import type { RegistrationService } from '../services/registration-service.ts';
import { memberShape, memberView } from './account-views.ts';
import { emailField, passwordField, timeZoneField, tokenField, usernameField } from './fields.ts';
import { originOf } from './request-origin.ts';

const tag = 'Registration';
const sent = z.strictObject({ status: z.literal('verification_sent') });

export class RegistrationController {
  readonly #registrations: RegistrationService;
  readonly #verification: 'email' | 'none';

  constructor(registrations: RegistrationService, verification: 'email' | 'none') {
    this.#registrations = registrations;
    this.#verification = verification;
  }

  routes(): readonly Route[] {
    return [this.#register(), this.#verify(), this.#resend()];
  }

  #register(): Route {
    return route({
      method: 'post',
      path: '/v1/accounts/register',
      operationId: 'register',
      tag,
      summary: 'Register an account',
      description:
        'Answers 202 whether or not an account has the address: the mail says what to do. Where addresses are not verified, the account is open at once (201).',
      access: 'public',
      request: {
        body: z.strictObject({
          email: emailField,
          password: passwordField,
          username: usernameField,
          time_zone: timeZoneField.optional(),
        }),
      },
      answers: {
        201: { description: 'The account is open.', body: memberShape },
        202: { description: 'A mail is on its way.', body: sent },
      },
      refusals: {
        403: ['registration_closed', 'address_not_allowed'],
        409: ['username_taken', 'email_taken'],
        422: ['invalid_fields'],
        429: ['too_many_attempts'],
      },
      handle: async incoming => {
        const { email, password, username, time_zone: timeZone } = incoming.body;
        const request = { email, password, username, timeZone };
        if (this.#verification === 'none') {
          const member = await this.#registrations.registerUnverified(request, originOf(incoming));
          return { status: 201, body: memberView(member) };
        }
        await this.#registrations.register(request, originOf(incoming));
        return { status: 202, body: { status: 'verification_sent' } };
      },
    });
  }

  #verify(): Route {
    return route({
      method: 'post',
      path: '/v1/accounts/verify',
      operationId: 'verifyRegistration',
      tag,
      summary: 'Verify the mail address and open the account',
      description: 'Needs the token from the mail and the password that was registered with it.',
      access: 'public',
      request: { body: z.strictObject({ token: tokenField, password: passwordField }) },
      answers: {
        200: { description: 'This link has opened the account before.', body: memberShape },
        201: { description: 'The account is open.', body: memberShape },
      },
      refusals: {
        401: ['invalid_credentials'],
        409: ['email_taken', 'username_taken'],
        422: ['link_not_valid'],
        429: ['too_many_attempts'],
      },
      handle: async incoming => {
        const { token, password } = incoming.body;
        const { member, opened } = await this.#registrations.verify(token, password, originOf(incoming));
        return { status: opened ? 201 : 200, body: memberView(member) };
      },
    });
  }

  #resend(): Route {
    return route({
      method: 'post',
      path: '/v1/accounts/verify/resend',
      operationId: 'resendVerification',
      tag,
      summary: 'Send the verification mail again',
      access: 'public',
      request: { body: z.strictObject({ email: emailField }) },
      answers: {
        202: { description: 'If a registration waits for this address, a mail is on its way.', body: sent },
      },
      refusals: { 429: ['too_many_attempts'] },
      handle: async incoming => {
        await this.#registrations.resend(incoming.body.email, originOf(incoming));
        return { status: 202, body: { status: 'verification_sent' } };
      },
    });
  }
}
