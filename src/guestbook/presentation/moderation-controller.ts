import { z } from 'zod';
import { type Route, route } from '../../shared/presentation/route.ts';
import type { GreetingId } from '../domain/ids.ts';
import type { GreetingService } from '../services/greeting-service.ts';
import type { GuestbookService } from '../services/guestbook-service.ts';
import { greetingShape, greetingView, guestbookShape } from './greeting-views.ts';
import { type Place, PLACES, visitorOf } from './page-place.ts';

const tag = 'Guestbook';

const oneOf = (place: Place) => z.object({ id: z.uuid(), ...place.params }).strict();
const idIn = (params: unknown): GreetingId => (params as { id: GreetingId }).id;

/** The page's owner and admins keep it tidy; the site's own is the admins'. */
export class ModerationController {
  readonly #greetings: GreetingService;
  readonly #guestbooks: GuestbookService;

  constructor(greetings: GreetingService, guestbooks: GuestbookService) {
    this.#greetings = greetings;
    this.#guestbooks = guestbooks;
  }

  routes(): readonly Route[] {
    return PLACES.flatMap(place => [this.#hide(place), this.#remove(place), this.#switch(place)]);
  }

  #hide(place: Place): Route {
    return route({
      method: 'patch',
      path: `${place.path}/greetings/:id`,
      operationId: `moderateGreeting${place.suffix}`,
      tag,
      summary: 'Hide a greeting or show it again',
      access: 'bearer',
      request: { params: oneOf(place), body: z.strictObject({ hidden: z.boolean() }) },
      answers: { 200: { description: 'Done.', body: z.strictObject({ greeting: greetingShape }) } },
      refusals: { 403: ['not_permitted'], 404: [...place.unknown, 'greeting_not_found'] },
      handle: async ({ params, body, caller }) => {
        const by = visitorOf(caller);
        const page = place.pageIn(params);
        const greeting = await this.#greetings.setHidden(page, idIn(params), body.hidden, by);
        return { status: 200, body: { greeting: greetingView(greeting) } };
      },
    });
  }

  #remove(place: Place): Route {
    return route({
      method: 'delete',
      path: `${place.path}/greetings/:id`,
      operationId: `deleteGreeting${place.suffix}`,
      tag,
      summary: 'Delete a greeting',
      description: 'Also for who left it while signed in.',
      access: 'bearer',
      request: { params: oneOf(place) },
      answers: { 204: { description: 'It is gone.' } },
      refusals: { 403: ['not_permitted'], 404: [...place.unknown, 'greeting_not_found'] },
      handle: async ({ params, caller }) => {
        await this.#greetings.remove(place.pageIn(params), idIn(params), visitorOf(caller));
        return { status: 204 };
      },
    });
  }

  #switch(place: Place): Route {
    return route({
      method: 'patch',
      path: `${place.path}/guestbook`,
      operationId: `switchGuestbook${place.suffix}`,
      tag,
      summary: 'Open or close a guestbook',
      description: 'A closed one takes no greetings; those that are there stay.',
      access: 'bearer',
      request: { params: z.strictObject(place.params), body: z.strictObject({ open: z.boolean() }) },
      answers: { 200: { description: 'Done.', body: z.strictObject({ guestbook: guestbookShape }) } },
      refusals: { 403: ['not_permitted'], 404: place.unknown },
      handle: async ({ params, body, caller }) => {
        await this.#guestbooks.setOpen(place.pageIn(params), body.open, visitorOf(caller));
        return { status: 200, body: { guestbook: { open: body.open } } };
      },
    });
  }
}
