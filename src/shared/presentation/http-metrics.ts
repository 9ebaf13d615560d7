import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** A registry with the process's own figures: CPU, memory, garbage collection, event-loop lag. */
export const createMetricsRegistry = (): Registry => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
};

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

const NAME = 'http_request_duration_seconds';
type Label = 'method' | 'route' | 'status';

/** Rate, errors and duration per route pattern. No label holds anything that a client can make up. */
export class HttpMetrics {
  readonly #duration: Histogram<Label>;

  constructor(registry: Registry) {
    const existing = registry.getSingleMetric(NAME) as Histogram<Label> | undefined;
    this.#duration =
      existing ??
      new Histogram({
        name: NAME,
        help: 'Time from the first byte of a request to the end of its answer.',
        labelNames: ['method', 'route', 'status'],
        buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        registers: [registry],
      });
  }

  observe(method: string, route: string, status: number, seconds: number): void {
    this.#duration.observe({ method: METHODS.has(method) ? method : 'OTHER', route, status }, seconds);
  }
}
