import { Counter, Gauge, type Registry } from 'prom-client';
import type { Backlog } from './outbox.ts';

/**
 * How one delivery to one handler ended: `delivered`; `failed`, to be tried again; `refused`, for good;
 * `given_up` after three days; `lease_lost`, somebody else has the event; `no_handler`, deleted unread.
 */
export type DeliveryOutcome = 'delivered' | 'failed' | 'refused' | 'given_up' | 'lease_lost' | 'no_handler';

export interface OutboxMetrics {
  count(handler: string, outcome: DeliveryOutcome): void;
  backlog(backlog: Backlog): void;
}

export const prometheusOutboxMetrics = (registry: Registry): OutboxMetrics => {
  const registers = [registry];
  const deliveries = new Counter({
    name: 'outbox_deliveries_total',
    help: 'Deliveries of outbox events by handler and outcome.',
    labelNames: ['handler', 'outcome'],
    registers,
  });
  const pending = new Gauge({
    name: 'outbox_pending',
    help: 'Events waiting for delivery, those being retried included.',
    registers,
  });
  const oldest = new Gauge({
    name: 'outbox_oldest_seconds',
    help: 'Age of the oldest event waiting for delivery.',
    registers,
  });
  const givenUp = new Gauge({
    name: 'outbox_given_up',
    help: 'Events given up, waiting for an admin.',
    registers,
  });
  return {
    count: (handler, outcome) => deliveries.inc({ handler, outcome }),
    backlog: now => {
      pending.set(now.pending);
      oldest.set(now.oldestSeconds);
      givenUp.set(now.givenUp);
    },
  };
};
