import type { DeliveredEvent, EventHandler } from '../../../src/shared/services/event-handler.ts';

/** Keeps the events it was given, and then does what the test says. */
export class KeepingHandler implements EventHandler {
  readonly events: DeliveredEvent[] = [];
  readonly eventType: string;
  readonly name: string;
  readonly #act: (event: DeliveredEvent) => unknown;

  constructor(
    act: (event: DeliveredEvent) => unknown = () => undefined,
    eventType = 'tests.done',
    name = 'keep',
  ) {
    this.eventType = eventType;
    this.name = name;
    this.#act = act;
  }

  get ids(): string[] {
    return this.events.map(event => event.id);
  }

  async handle(event: DeliveredEvent): Promise<void> {
    this.events.push(event);
    await this.#act(event);
  }
}
