import { z } from 'zod';
import { UserNotFound } from '../../shared/domain/user-not-found.ts';
import type { PublicPagePart } from '../../shared/presentation/public-page.ts';
import { publicUserShape, publicUserView } from '../../shared/presentation/public-user-view.ts';
import { type Route, route } from '../../shared/presentation/route.ts';
import type { People } from '../../shared/services/people.ts';

/** Somebody's public page: the profile, and what each context shows of them. */
export class PublicPageController {
  readonly #people: People;
  readonly #parts: readonly PublicPagePart[];

  constructor(people: People, parts: readonly PublicPagePart[]) {
    this.#people = people;
    this.#parts = parts;
  }

  routes(): readonly Route[] {
    return [this.#page()];
  }

  #page(): Route {
    const counts = Object.fromEntries(this.#parts.map(part => [part.counted, z.int().nonnegative()]));
    return route({
      method: 'get',
      path: '/v1/users/:username',
      operationId: 'getUser',
      tag: 'Users',
      summary: 'A public page',
      access: 'public',
      request: { params: z.strictObject({ username: z.string() }) },
      answers: {
        200: {
          description: 'The profile, how much there is of everything, and the newest of it.',
          body: z.strictObject({
            user: publicUserShape,
            counts: z.strictObject(counts),
            ...Object.assign({}, ...this.#parts.map(part => part.fields)),
          }),
        },
      },
      refusals: { 404: ['user_not_found'] },
      handle: async ({ params }) => {
        const user = await this.#people.byName(params.username);
        if (!user) throw new UserNotFound();
        const parts = await Promise.all(
          this.#parts.map(async part => ({ name: part.counted, ...(await part.of(user)) })),
        );
        return {
          status: 200,
          body: {
            user: publicUserView(user),
            counts: Object.fromEntries(parts.map(part => [part.name, part.count])),
            ...Object.assign({}, ...parts.map(part => part.fields)),
          },
        };
      },
    });
  }
}
