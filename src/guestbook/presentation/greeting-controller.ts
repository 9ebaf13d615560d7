import { z } from 'zod';
import {
  type Conditions,
  etagOf,
  isFresh,
  notModified,
  SHARED_BUT_ASKED,
  validatorHeaders,
} from '../../shared/presentation/conditional.ts';
import { pageFields } from '../../shared/presentation/page.ts';
import { type Answer, type Route, route } from '../../shared/presentation/route.ts';
import { valueObjectField } from '../../shared/presentation/value-object-field.ts';
import { GreetingMessage } from '../domain/greeting-message.ts';
import { GreetingName } from '../domain/greeting-name.ts';
import type { CountService } from '../services/count-service.ts';
import type { GreetingService } from '../services/greeting-service.ts';
import { cursorField, cursorOf } from './cursor.ts';
import { greetingShape, greetingView } from './greeting-views.ts';
import { type Place, PLACES, visitorOf } from './page-place.ts';

const tag = 'Guestbook';

const draftShape = z.strictObject({
  name: valueObjectField(text => GreetingName.of(text), {
    description: 'One line of 1 to 80 characters. Addresses only from people who are signed in.',
    example: 'Ada',
  }),
  message: valueObjectField(text => GreetingMessage.of(text), {
    description: 'Up to 500 characters. Addresses only from people who are signed in.',
    example: 'What a lovely page.',
  })
    .nullable()
    .optional(),
});

/** Anybody leaves a greeting and reads the others'. */
export class GreetingController {
  readonly #greetings: GreetingService;
  readonly #counts: CountService;
  readonly #publicUrl: string;

  constructor(greetings: GreetingService, counts: CountService, publicUrl: string) {
    this.#greetings = greetings;
    this.#counts = counts;
    this.#publicUrl = publicUrl;
  }

  routes(): readonly Route[] {
    return PLACES.flatMap(place => [this.#leave(place), this.#list(place), this.#count(place)]);
  }

  #leave(place: Place): Route {
    return route({
      method: 'post',
      path: `${place.path}/greetings`,
      operationId: `leaveGreeting${place.suffix}`,
      tag,
      summary: 'Leave a greeting',
      access: 'optional',
      request: { params: z.strictObject(place.params), body: draftShape },
      answers: {
        201: {
          description: 'The greeting can be seen.',
          body: z.strictObject({
            message: z.string().meta({ examples: ['Hello, Ada!'] }),
            greeting: greetingShape,
          }),
        },
      },
      refusals: { 403: ['guestbook_closed'], 404: place.unknown, 429: ['too_many_attempts'] },
      handle: async ({ params, body, caller, ip }) => {
        const draft = {
          name: body.name,
          message: body.message ?? null,
          authorId: caller?.accountId ?? null,
        };
        const greeting = await this.#greetings.leave(place.pageIn(params), draft, ip);
        return {
          status: 201,
          body: { message: `Hello, ${greeting.name}!`, greeting: greetingView(greeting) },
        };
      },
    });
  }

  #list(place: Place): Route {
    return route({
      method: 'get',
      path: `${place.path}/greetings`,
      operationId: `listGreetings${place.suffix}`,
      tag,
      summary: 'The greetings of a page',
      description: 'Follow `next_cursor` or the `Link` header; what arrives meanwhile moves nothing.',
      access: 'optional',
      request: {
        params: z.strictObject(place.params),
        query: z.strictObject({ before: cursorField, limit: pageFields.limit }),
      },
      answers: {
        200: {
          description: 'Newest first.',
          body: z.strictObject({
            greetings: z.array(greetingShape),
            next_cursor: z.string().nullable(),
          }),
        },
        304: { description: 'Nothing has changed.' },
      },
      refusals: { 404: place.unknown },
      handle: async ({ params, query, caller, conditions }) => {
        const name = place.pageIn(params);
        const { before = null, limit } = query;
        const visitor = caller ? visitorOf(caller) : null;
        // One more than is shown tells whether there is more.
        const rows = await this.#greetings.list(name, { before, limit: limit + 1 }, visitor);
        const shown = rows.slice(0, limit);
        const last = rows.length > limit ? shown.at(-1) : undefined;
        const next = last ? cursorOf(last.id) : null;
        const facts = shown.flatMap(row => [row.id, row.hidden ? 1 : 0, row.author]);
        return answered(
          { greetings: shown.map(greetingView), next_cursor: next },
          etagOf(limit, next, ...facts),
          conditions,
          caller ? 'private, no-cache' : SHARED_BUT_ASKED,
          next === null ? {} : { Link: this.#linkTo(place.pathOf(name), next, limit) },
        );
      },
    });
  }

  #count(place: Place): Route {
    return route({
      method: 'get',
      path: `${place.path}/greetings/count`,
      operationId: `countGreetings${place.suffix}`,
      tag,
      summary: 'How many greetings a page has',
      access: 'public',
      request: { params: z.strictObject(place.params) },
      answers: {
        200: {
          description: 'Those that everybody sees.',
          body: z.strictObject({ current_greetings_count: z.int().nonnegative() }),
        },
        304: { description: 'Nothing has changed.' },
      },
      refusals: { 404: place.unknown },
      handle: async ({ params, conditions }) => {
        const count = await this.#counts.of(place.pageIn(params));
        return answered({ current_greetings_count: count }, `W/"${count}"`, conditions, SHARED_BUT_ASKED);
      },
    });
  }

  // RFC 8288, as the lists with pages have it.
  #linkTo(path: string, before: string, limit: number): string {
    const url = new URL(this.#publicUrl);
    url.pathname = `${path}/greetings`;
    url.search = new URLSearchParams({ before, limit: String(limit) }).toString();
    return `<${url.href}>; rel="next"`;
  }
}

const answered = (
  body: object,
  etag: string,
  conditions: Conditions,
  caching: string,
  headers: Readonly<Record<string, string>> = {},
): Answer =>
  isFresh(conditions, { etag })
    ? notModified({ etag }, caching)
    : { status: 200, body, headers: { ...validatorHeaders({ etag }, caching), ...headers } };
