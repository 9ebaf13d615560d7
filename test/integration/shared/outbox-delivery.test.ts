import { MAX_ATTEMPTS } from '../../../src/shared/data/retry-schedule.ts';
import { PermanentFailure } from '../../../src/shared/services/event-handler.ts';
import { KeepingHandler } from '../../support/fakes/keeping-handler.ts';
import { MovableClock } from '../../support/fakes/movable-clock.ts';
import { aGate, type Gate } from '../../support/gate.ts';
import { HOUR, MINUTE, OutboxBench, SECOND } from '../../support/outbox-bench.ts';

let bench: OutboxBench;
beforeAll(async () => {
  bench = await OutboxBench.open();
});
beforeEach(() => bench.sql.query('delete from outbox'));
afterAll(() => bench[Symbol.asyncDispose]());

describe('an event in the outbox', () => {
  test('reaches its handler once, as it was stored, and is gone', async () => {
    const handler = new KeepingHandler();
    const { deliverAll, clock, metric } = bench.worker([handler]);
    const id = await bench.store(clock, { payload: { account_id: 'a', tags: ['x', null, 1.5] } });

    await deliverAll();

    expect(handler.events).toEqual([
      {
        id,
        type: 'tests.done',
        payload: { account_id: 'a', tags: ['x', null, 1.5] },
        occurredAt: clock.now(),
        attempt: 1,
      },
    ]);
    expect(await bench.rows()).toEqual([]);
    expect(await metric('outbox_deliveries_total')).toEqual({ 'keep delivered': 1 });
  });

  test('is delivered in the order in which things happened', async () => {
    const handler = new KeepingHandler();
    const { deliverAll, clock } = bench.worker([handler], { settings: { lane: 2 } });
    const ids: string[] = [];
    for (const ago of [3, 9, 1, 7, 5]) ids[9 - ago] = await bench.store(clock, { ago: ago * MINUTE });

    await deliverAll();

    expect(handler.ids).toEqual(ids.filter(id => id));
  });

  test('is delivered once when several workers look at the same moment', async () => {
    const clock = new MovableClock();
    const handlers = [new KeepingHandler(), new KeepingHandler(), new KeepingHandler()];
    const workers = handlers.map(handler => bench.worker([handler], { clock, through: bench.connect().sql }));
    const ids: string[] = [];
    for (let count = 0; count < 60; count++) ids.push(await bench.store(clock));

    await Promise.all(workers.map(worker => worker.deliverAll()));

    expect(handlers.flatMap(handler => handler.ids).sort()).toEqual(ids.sort());
  });

  test('is not due before its time', async () => {
    const handler = new KeepingHandler();
    const { delivery, clock } = bench.worker([handler]);
    await bench.store(clock, { ago: -SECOND });

    expect(await delivery.deliverDue()).toBe(0);
    clock.advance(SECOND);
    expect(await delivery.deliverDue()).toBe(1);
  });

  test('holds no lock and no transaction while its handler works', async () => {
    const held = { rows: [] as unknown[], transactions: -1 };
    const { sql: workersSql } = bench.connect();
    const handler = new KeepingHandler(async event => {
      held.rows = await bench.sql.query('select 1 from outbox where id = $1 for update skip locked', [
        event.id,
      ]);
      const open = await bench.sql.query<{ count: number }>(
        `select count(*)::integer from pg_stat_activity
         where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()`,
      );
      held.transactions = open[0]!.count;
    });
    const { deliverAll, clock } = bench.worker([handler], { through: workersSql });
    await bench.store(clock);

    await deliverAll();

    expect(held).toEqual({ rows: [expect.anything()], transactions: 0 });
  });
});

describe('a delivery that fails', () => {
  test('is tried again after one, two, four seconds and so on, by the clock', async () => {
    const handler = new KeepingHandler(() => {
      throw new Error('not yet');
    });
    const { delivery, clock } = bench.worker([handler]);
    await bench.store(clock);

    for (const seconds of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
      expect(await delivery.deliverDue()).toBe(1);
      const [row] = await bench.rows();
      const delay = row!.next_attempt_at.getTime() - clock.now().getTime();
      expect(delay).toBeGreaterThanOrEqual(seconds * 750);
      expect(delay).toBeLessThanOrEqual(seconds * 1_250);

      clock.advance(delay - 1);
      expect(await delivery.deliverDue()).toBe(0);
      clock.advance(1);
    }
  });

  test('holds up nothing else', async () => {
    const clock = new MovableClock();
    const poison = await bench.store(clock, { ago: HOUR });
    const handler = new KeepingHandler(event => {
      if (event.id === poison) throw new Error('always');
    });
    const { deliverAll } = bench.worker([handler], { clock, settings: { lane: 1 } });
    const others = [await bench.store(clock), await bench.store(clock), await bench.store(clock)];

    await deliverAll();

    expect(handler.ids[0]).toBe(poison);
    expect(handler.ids.slice(1).sort()).toEqual(others.sort());
    expect((await bench.rows()).map(row => row.id)).toEqual([poison]);
  });

  test('of one handler does not repeat another', async () => {
    const clock = new MovableClock();
    let down = true;
    const first = new KeepingHandler(undefined, 'tests.done', 'first');
    const second = new KeepingHandler(
      () => {
        if (down) throw new Error('down');
      },
      'tests.done',
      'second',
    );
    const third = new KeepingHandler(undefined, 'tests.done', 'third');
    const { delivery, metric } = bench.worker([first, second, third], { clock });
    const id = await bench.store(clock);

    await delivery.deliverDue();
    down = false;
    clock.advance(5 * SECOND);
    await delivery.deliverDue();

    expect([first.ids, second.ids, third.ids]).toEqual([[id], [id, id], [id]]);
    expect(await bench.rows()).toEqual([]);
    expect(await metric('outbox_deliveries_total')).toEqual({
      'first delivered': 1,
      'second failed': 1,
      'second delivered': 1,
      'third delivered': 1,
    });
  });

  test('for good is dropped at once, and said so', async () => {
    const refusing = new KeepingHandler(() => {
      throw new PermanentFailure('550', 'No such user grace@example.org');
    });
    const other = new KeepingHandler(undefined, 'tests.done', 'other');
    const { deliverAll, clock, log, metric } = bench.worker([refusing, other]);
    const id = await bench.store(clock);

    await deliverAll();

    expect(await bench.rows()).toEqual([]);
    expect(other.ids).toEqual([id]);
    expect(await metric('outbox_deliveries_total')).toEqual({ 'keep refused': 1, 'other delivered': 1 });
    expect(log.lines).toEqual([
      {
        level: 'warn',
        details: {
          event: id,
          type: 'tests.done',
          handler: 'keep',
          attempts: 1,
          error: 'PermanentFailure 550',
        },
        message: 'An event was refused for good; it is dropped.',
      },
    ]);
  });

  test('leaves no address and no secret behind', async () => {
    const handler = new KeepingHandler(() => {
      throw Object.assign(new Error('550 grace@example.org token=s3cret'), { code: 'EENVELOPE' });
    });
    const { delivery, clock, log } = bench.worker([handler]);
    await bench.store(clock, { payload: { email: 'grace@example.org' } });

    await delivery.deliverDue();

    expect((await bench.rows())[0]!.last_error).toBe('Error EENVELOPE');
    expect(JSON.stringify(log.lines)).not.toMatch(/grace|s3cret/);
  });

  test('because the handler never answers counts as failed after the deadline', async () => {
    const handler = new KeepingHandler(() => new Promise(() => undefined));
    const { delivery, clock } = bench.worker([handler], { settings: { handlerDeadlineMs: 10 } });
    await bench.store(clock);

    await delivery.deliverDue();

    expect((await bench.rows())[0]).toMatchObject({ last_error: 'HandlerTimeout', lease: null, attempts: 1 });
  });

  test('for three days is given up and kept until an admin has it delivered', async () => {
    let down = true;
    const handler = new KeepingHandler(() => {
      if (down) throw new Error('down');
    });
    const { delivery, clock, log, metric } = bench.worker([handler]);
    const id = await bench.store(clock);
    await bench.sql.query('update outbox set attempts = $1', [MAX_ATTEMPTS - 2]);

    await delivery.deliverDue();
    expect(await delivery.listGivenUp()).toEqual([]);
    clock.advance(HOUR);
    await delivery.deliverDue();
    clock.advance(HOUR);

    expect(await delivery.deliverDue()).toBe(0);
    expect(await delivery.listGivenUp()).toEqual([
      {
        id,
        type: 'tests.done',
        occurredAt: expect.any(Date) as Date,
        gaveUpAt: new Date(clock.now().getTime() - HOUR),
        attempts: MAX_ATTEMPTS,
        lastError: 'Error',
      },
    ]);
    expect(log.lines.filter(line => line.level === 'error')).toHaveLength(1);
    expect(await metric('outbox_given_up')).toEqual({ '': 1 });
    expect(await metric('outbox_pending')).toEqual({ '': 0 });

    down = false;
    expect(await delivery.retry('no-such-event')).toBe(false);
    expect(await delivery.retry(id.toUpperCase())).toBe(true);
    expect(await delivery.deliverDue()).toBe(1);
    expect(await bench.rows()).toEqual([]);
  });
});

describe('a worker that dies', () => {
  test('between the work and its record leaves the event to another, under the same id', async () => {
    const clock = new MovableClock();
    const { sql: dyingSql, pool } = bench.connect();
    const before = new KeepingHandler(() => pool.end());
    const dying = bench.worker([before], { clock, through: dyingSql, settings: { lastRecordingMs: 0 } });
    const after = new KeepingHandler();
    const other = bench.worker([after], { clock });
    const id = await bench.store(clock);

    await dying.delivery.deliverDue();
    clock.advance(2 * MINUTE - 1);
    expect(await other.delivery.deliverDue()).toBe(0);
    clock.advance(1);
    expect(await other.delivery.deliverDue()).toBe(1);

    expect([before.ids, after.ids]).toEqual([[id], [id]]);
    expect(await bench.rows()).toEqual([]);
    expect(dying.log.lines.at(-1)?.message).toContain('will be delivered again');
  });

  test('of the same event each time does not do so for ever', async () => {
    const handler = new KeepingHandler();
    const { delivery, clock } = bench.worker([handler]);
    await bench.store(clock);
    await bench.sql.query('update outbox set attempts = $1', [MAX_ATTEMPTS]);

    await delivery.deliverDue();

    expect(handler.ids).toEqual([]);
    expect(await delivery.listGivenUp()).toMatchObject([{ lastError: 'WorkerDied' }]);
  });

  test('only seemingly, and comes back late, does not touch what another has taken over', async () => {
    const clock = new MovableClock();
    const slow = { begun: aGate(), end: aGate() };
    const taking = { begun: aGate(), end: aGate() };
    const gated = (gate: { begun: Gate; end: Gate }) =>
      new KeepingHandler(() => {
        gate.begun.open();
        return gate.end.passed;
      });
    const late = bench.worker([gated(slow)], { clock });
    const other = bench.worker([gated(taking)], { clock });
    const id = await bench.store(clock);

    const lateOne = late.delivery.deliverDue();
    await slow.begun.passed;
    clock.advance(3 * MINUTE);
    const otherOne = other.delivery.deliverDue();
    await taking.begun.passed;
    slow.end.open();
    await lateOne;

    expect((await bench.rows()).map(row => row.id)).toEqual([id]);
    expect(await late.metric('outbox_deliveries_total')).toEqual({
      'keep delivered': 1,
      'none lease_lost': 1,
    });

    taking.end.open();
    await otherOne;
    expect(await bench.rows()).toEqual([]);
  });
});

describe('events that this build does not know', () => {
  test('are left to the next version for a day, then deleted and counted', async () => {
    const { delivery, clock, log, metric } = bench.worker([new KeepingHandler()]);
    await bench.store(clock, { type: 'tomorrow.invented' });

    clock.advance(24 * HOUR);
    await delivery.deliverDue();
    expect(await bench.rows()).toHaveLength(1);

    clock.advance(1);
    await delivery.deliverDue();
    expect(await bench.rows()).toEqual([]);
    expect(await metric('outbox_deliveries_total')).toEqual({ 'none no_handler': 1 });
    expect(log.lines.at(-1)?.details).toEqual({ types: ['tomorrow.invented'], events: 1 });
  });

  test('stay when another build is already trying them', async () => {
    const clock = new MovableClock();
    const failing = new KeepingHandler(() => {
      throw new Error('down');
    }, 'tomorrow.invented');
    await bench.store(clock, { type: 'tomorrow.invented' });
    await bench.worker([failing], { clock }).delivery.deliverDue();

    clock.advance(48 * HOUR);
    await bench.worker([new KeepingHandler()], { clock }).delivery.deliverDue();

    expect(await bench.rows()).toHaveLength(1);
  });
});

describe('the backlog', () => {
  test('is measured: how many wait, how long the oldest, how many are given up', async () => {
    const { delivery, clock, metric } = bench.worker([
      new KeepingHandler(() => Promise.reject(new Error('down'))),
    ]);
    await bench.store(clock, { ago: 90 * SECOND });
    await bench.store(clock);
    await bench.store(clock, { type: 'unknown.type', ago: HOUR });
    await delivery.deliverDue();

    await delivery.deliverDue();

    expect(await metric('outbox_pending')).toEqual({ '': 2 });
    expect(await metric('outbox_oldest_seconds')).toEqual({ '': 90 });
    expect(await metric('outbox_given_up')).toEqual({ '': 0 });
  });
});

test('two handlers of one name are a mistake in the program', () => {
  expect(() => bench.worker([new KeepingHandler(), new KeepingHandler(undefined, 'tests.other')])).toThrow(
    TypeError,
  );
});
