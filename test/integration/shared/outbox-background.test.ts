import { Sql } from '../../../src/shared/data/postgres.ts';
import { KeepingHandler } from '../../support/fakes/keeping-handler.ts';
import { MovableClock } from '../../support/fakes/movable-clock.ts';
import { aGate } from '../../support/gate.ts';
import { HOUR, MINUTE, OutboxBench, SECOND } from '../../support/outbox-bench.ts';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

const NEVER_POLLS = { pollMs: HOUR };

let bench: OutboxBench;
beforeAll(async () => {
  bench = await OutboxBench.open();
});
beforeEach(() => bench.sql.query('delete from outbox'));
afterAll(() => bench[Symbol.asyncDispose]());

describe('the background delivery', () => {
  test('begins at once when something was committed in the same process', async () => {
    const handled = aGate();
    const { delivery, clock } = bench.worker([new KeepingHandler(() => handled.open())], {
      settings: NEVER_POLLS,
    });
    delivery.start();
    await bench.store(clock);

    delivery.wake();

    await handled.passed;
    await delivery.stop();
    expect(await bench.rows()).toEqual([]);
  });

  test('finds by itself what another process committed', async () => {
    const handled = aGate();
    const { delivery, clock } = bench.worker([new KeepingHandler(() => handled.open())], {
      settings: { pollMs: 5 },
    });
    delivery.start();

    await bench.store(clock);

    await handled.passed;
    await delivery.stop();
  });

  test('works through more than fits at once without waiting for a poll', async () => {
    const clock = new MovableClock();
    const all = aGate();
    const handler = new KeepingHandler(() => {
      if (handler.events.length === 13) all.open();
    });
    for (let count = 0; count < 13; count++) await bench.store(clock);
    const { delivery } = bench.worker([handler], { clock, settings: NEVER_POLLS });

    delivery.start();

    await all.passed;
    await delivery.stop();
    expect(await bench.rows()).toEqual([]);
  });

  test('of one type that hangs does not hold up another type', async () => {
    const clock = new MovableClock();
    const mailServer = aGate();
    const cleaned = aGate();
    const mails = new KeepingHandler(() => mailServer.passed, 'tests.mail', 'mail');
    const cleanUp = new KeepingHandler(() => cleaned.open(), 'tests.closed', 'clean-up');
    for (let count = 0; count < 8; count++) await bench.store(clock, { type: 'tests.mail', ago: HOUR });
    const { delivery } = bench.worker([mails, cleanUp], { clock, settings: NEVER_POLLS });
    delivery.start();

    await bench.store(clock, { type: 'tests.closed' });
    delivery.wake();

    await cleaned.passed;
    expect(mails.events.length).toBeLessThanOrEqual(5);
    mailServer.open();
    await delivery.stop();
  });

  test('stops only when what it began is finished and recorded, and begins nothing more', async () => {
    const clock = new MovableClock();
    const begun = aGate();
    const end = aGate();
    const handler = new KeepingHandler(() => {
      begun.open();
      return end.passed;
    });
    const { delivery } = bench.worker([handler], { clock, settings: { ...NEVER_POLLS, lane: 1 } });
    const [first, second] = [await bench.store(clock, { ago: SECOND }), await bench.store(clock)];
    delivery.start();
    await begun.passed;

    let stopped = false;
    const stopping = delivery.stop().then(() => (stopped = true));
    expect(await bench.sql.query('select 1 as one')).toEqual([{ one: 1 }]);
    expect(stopped).toBe(false);
    end.open();
    await stopping;

    expect(handler.ids).toEqual([first]);
    expect((await bench.rows()).map(row => [row.id, row.lease, row.attempts])).toEqual([[second, null, 0]]);
    expect(await delivery.deliverDue()).toBe(0);
  });
});

/** Tells when the database has refused several times. */
class CountingSql extends Sql {
  readonly refusedOften = aGate();
  #refused = 0;

  override async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      return await super.query<Row>(text, values);
    } catch (error) {
      if (++this.#refused === 6) this.refusedOften.open();
      throw error;
    }
  }
}

describe('a database that fails', () => {
  let proxy: TcpProxy;
  let shaky: CountingSql;
  beforeEach(async () => {
    const target = new URL(bench.url);
    proxy = await startProxy(target.hostname, Number(target.port || 5432));
    const detour = new URL(bench.url);
    detour.host = `127.0.0.1:${proxy.port}`;
    shaky = new CountingSql(bench.connect(detour.href).pool);
  });
  afterEach(() => proxy.close());

  test('is reported once, heals, and nothing that was done meanwhile is done again', async () => {
    const begun = aGate();
    const end = aGate();
    const handled = aGate();
    const handler = new KeepingHandler(() => {
      begun.open();
      if (handler.events.length > 1) handled.open();
      return end.passed;
    });
    const { delivery, clock, log } = bench.worker([handler], { through: shaky, settings: { pollMs: 5 } });
    const first = await bench.store(clock);
    delivery.start();
    await begun.passed;

    proxy.cut();
    await log.until('The outbox cannot be read; still trying.');
    await shaky.refusedOften.passed;
    end.open();
    clock.advance(HOUR);
    const second = await bench.store(clock);
    proxy.heal();
    await log.until('The outbox is being delivered again.');
    await handled.passed;
    await delivery.stop();

    expect(handler.ids).toEqual([first, second]);
    expect(await bench.rows()).toEqual([]);
    expect(log.lines.map(line => line.level)).toEqual(['error', 'info']);
  });

  test('after storing an outcome, and before saying so, changes nothing', async () => {
    const handler = new KeepingHandler();
    const { deliverAll, clock, log, metric } = bench.worker([handler], { through: shaky });
    const id = await bench.store(clock);

    proxy.dropAnswersOnce(request => request.includes('delete from outbox where id'));
    await deliverAll();

    expect(handler.ids).toEqual([id]);
    expect(await bench.rows()).toEqual([]);
    expect(await metric('outbox_deliveries_total')).toEqual({ 'keep delivered': 1 });
    expect(log.lines).toEqual([]);
  });

  test('after handing over an event, and before saying so, delays it until the lease ends', async () => {
    const handler = new KeepingHandler();
    const { delivery, clock } = bench.worker([handler], { through: shaky });
    const id = await bench.store(clock);

    proxy.dropAnswersOnce(request => request.includes('with due'));
    await expect(delivery.deliverDue()).rejects.toThrow('not available');
    expect(await delivery.deliverDue()).toBe(0);
    clock.advance(2 * MINUTE);
    expect(await delivery.deliverDue()).toBe(1);

    expect(handler.ids).toEqual([id]);
  });

  test('makes one pass fail at once, for whoever asked for it', async () => {
    const { delivery } = bench.worker([new KeepingHandler()], { through: shaky });

    proxy.cut();

    await expect(delivery.deliverDue()).rejects.toThrow('not available');
  });
});
