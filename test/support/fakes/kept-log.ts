import type { DeliveryLog } from '../../../src/shared/data/event-delivery.ts';

/** Keeps what is logged, and tells when a line has come. */
export class KeptLog implements DeliveryLog {
  readonly lines: { level: string; details: object; message: string }[] = [];
  readonly #awaited: { readonly message: string; readonly seen: () => void }[] = [];

  info(details: object, message: string): void {
    this.#keep('info', details, message);
  }

  warn(details: object, message: string): void {
    this.#keep('warn', details, message);
  }

  error(details: object, message: string): void {
    this.#keep('error', details, message);
  }

  async until(message: string): Promise<void> {
    if (this.lines.some(line => line.message === message)) return;
    await new Promise<void>(seen => this.#awaited.push({ message, seen }));
  }

  #keep(level: string, details: object, message: string): void {
    this.lines.push({ level, details, message });
    for (const each of this.#awaited) if (each.message === message) each.seen();
  }
}
