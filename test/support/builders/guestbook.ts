import type { Draft } from '../../../src/guestbook/domain/greeting.ts';
import { Greeting } from '../../../src/guestbook/domain/greeting.ts';
import { GreetingMessage } from '../../../src/guestbook/domain/greeting-message.ts';
import { GreetingName } from '../../../src/guestbook/domain/greeting-name.ts';
import type { PageId } from '../../../src/guestbook/domain/ids.ts';
import type { AccountId } from '../../../src/shared/domain/identity.ts';
import { newId } from '../../../src/shared/services/new-id.ts';
import { NOON } from './accounts.ts';

export const aDraft = (facts: { name?: string; message?: string; authorId?: AccountId } = {}): Draft => ({
  name: GreetingName.of(facts.name ?? 'Grace'),
  message: facts.message === undefined ? null : GreetingMessage.of(facts.message),
  authorId: facts.authorId ?? null,
});

export const aGreeting = (
  page: PageId,
  facts: { name?: string; message?: string; authorId?: AccountId } = {},
): Greeting => Greeting.leave(newId(), page, aDraft(facts), NOON);
