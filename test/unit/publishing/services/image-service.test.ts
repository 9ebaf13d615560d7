import {
  AuthorGone,
  ImageNotFound,
  NoFiles,
  NotAnImage,
  QuotaExceeded,
} from '../../../../src/publishing/domain/errors.ts';
import { imageEventHandlers } from '../../../../src/publishing/services/image-event-handlers.ts';
import { ImageService, type IncomingFile } from '../../../../src/publishing/services/image-service.ts';
import { ObjectTransfer } from '../../../../src/publishing/services/object-transfer.ts';
import { UploadPlaces } from '../../../../src/publishing/services/upload-places.ts';
import { StaleAggregate, TooManyAttempts, Unavailable } from '../../../../src/shared/domain/domain-error.ts';
import type { AccountId } from '../../../../src/shared/domain/identity.ts';
import { ImageRows } from '../../../support/fakes/image-rows.ts';
import { MovableClock } from '../../../support/fakes/movable-clock.ts';
import { aPicture, FakeWorkshop, FaultyAssetStore } from '../../../support/fakes/publishing-images.ts';
import { aGate } from '../../../support/gate.ts';

const ada = 'ada' as AccountId;
const bob = 'bob' as AccountId;

const aService = () => {
  const [rows, store, workshop] = [new ImageRows(), new FaultyAssetStore(), new FakeWorkshop()];
  rows.owners.set(ada, 'Ada').set(bob, 'bob');
  const allowed = { uploads: Infinity };
  const spend = (): Promise<void> =>
    allowed.uploads-- > 0 ? Promise.resolve() : Promise.reject(new TooManyAttempts(60));
  const service = new ImageService(
    rows,
    workshop,
    new ObjectTransfer(store),
    rows.work,
    { spend, trySpend: () => Promise.resolve(true) },
    new UploadPlaces(),
    new MovableClock(),
  );
  const handle = async (type: string, payload: object): Promise<void> => {
    for (const handler of imageEventHandlers(service, store))
      if (handler.eventType === type)
        await handler.handle({
          type,
          payload: { ...payload },
          id: 'event',
          occurredAt: new Date(),
          attempt: 1,
        });
  };
  return { rows, store, workshop, service, allowed, handle };
};

let read = 0;

async function* files(...contents: readonly Buffer[]): AsyncGenerator<IncomingFile, void> {
  read = 0;
  for (const [index, content] of contents.entries()) {
    read++;
    await Promise.resolve();
    yield { name: `${index + 1}.jpg`, bytes: bytesOf(content) };
  }
}

async function* bytesOf(content: Buffer): AsyncGenerator<Uint8Array, void> {
  await Promise.resolve();
  yield content;
}

const wide = (): Buffer => aPicture({ width: 700 });

describe('an upload', () => {
  test('makes rows of images whose objects are all there', async () => {
    const { service, rows, store, workshop } = aService();
    const images = await service.upload(ada, files(wide(), aPicture({ format: 'png' })));

    expect(images.map(({ format, ownerName }) => [format, ownerName])).toEqual([
      ['jpeg', 'ada'],
      ['png', 'ada'],
    ]);
    expect([...rows.images.values()]).toEqual(images);
    expect(await store.keys()).toEqual(images.flatMap(({ objects }) => objects).sort());
    expect(images[0]!.objects).toHaveLength(3);
    expect(workshop.kept).toBe(0);
  });

  type World = ReturnType<typeof aService>;

  test.each<[string, (world: World) => void, new (...args: never[]) => Error]>([
    [
      'the third object cannot be stored',
      ({ store }) => (store.failingPut = { number: 3, leavesObject: false }),
      Unavailable,
    ],
    [
      'the third object is stored but not acknowledged',
      ({ store }) => (store.failingPut = { number: 3, leavesObject: true }),
      Unavailable,
    ],
    [
      'the last object cannot be stored',
      ({ store }) => (store.failingPut = { number: 5, leavesObject: true }),
      Unavailable,
    ],
    [
      'the commit is refused',
      ({ rows }) => (rows.commitFails = { before: new StaleAggregate() }),
      StaleAggregate,
    ],
    [
      'the account is closed meanwhile',
      ({ rows }) => (rows.onHold = () => rows.owners.delete(ada)),
      AuthorGone,
    ],
    [
      'the room is taken meanwhile',
      ({ rows }) => (rows.onHold = () => (rows.taken = { images: 1_999, bytes: 0 })),
      QuotaExceeded,
    ],
  ])('of which %s leaves nothing', async (_what, breakIt, error) => {
    const world = aService();
    breakIt(world);

    await expect(world.service.upload(ada, files(wide(), aPicture(), aPicture()))).rejects.toThrow(error);
    expect(world.rows.images.size).toBe(0);
    expect(await world.store.keys()).toEqual([]);
    expect(world.workshop.kept).toBe(0);
  });

  test.each<[string, (world: World) => void, number]>([
    ['it happened', ({ rows }) => (rows.commitFails = { after: new Unavailable('The database') }), 1],
    ['it did not', ({ rows }) => (rows.commitFails = { before: new Unavailable('The database') }), 0],
    ['the error is unheard of', ({ rows }) => (rows.commitFails = { after: new Error('What?') }), 1],
  ])('whose commit nobody knows of keeps its objects: %s', async (_what, breakIt, expectedRows) => {
    const world = aService();
    breakIt(world);

    await expect(world.service.upload(ada, files(wide()))).rejects.toThrow();
    expect(world.rows.images.size).toBe(expectedRows);
    expect(await world.store.keys()).toHaveLength(3);
    expect(world.workshop.kept).toBe(0);
  });

  test('of which the second of three files is no image stores nothing and reads no further', async () => {
    const { service, rows, store, workshop } = aService();

    await expect(service.upload(ada, files(wide(), Buffer.from('no picture'), wide()))).rejects.toThrow(
      NotAnImage,
    );
    expect([rows.images.size, await store.keys(), workshop.kept, read]).toEqual([0, [], 0, 2]);
  });

  test('without files is refused', async () => {
    await expect(aService().service.upload(ada, files())).rejects.toThrow(NoFiles);
  });

  test('is refused before it is read where nothing is left', async () => {
    const { service, rows, allowed } = aService();
    const unread = files(wide());
    read = 0;
    rows.taken = { images: 2_000, bytes: 0 };
    await expect(service.upload(ada, unread)).rejects.toThrow(QuotaExceeded);
    rows.taken = { images: 0, bytes: 1_000_000_001 };
    await expect(service.upload(ada, unread)).rejects.toThrow(QuotaExceeded);
    rows.owners.delete(bob);
    await expect(service.upload(bob, unread)).rejects.toThrow(AuthorGone);
    allowed.uploads = 0;
    await expect(service.upload(ada, unread)).rejects.toThrow(TooManyAttempts);

    expect(read).toBe(0);
  });

  test('that does not fit is not stored first', async () => {
    const { service, rows, store } = aService();
    rows.taken = { images: 0, bytes: 999_999_500 };
    store.isDown = true;

    await expect(service.upload(ada, files(wide()))).rejects.toThrow(QuotaExceeded);
  });

  test('waits a second at most for what it takes back', async () => {
    const { service, store } = aService();
    store.failingPut = { number: 2, leavesObject: false };
    store.removesHang = true;

    await expect(service.upload(ada, files(wide()))).rejects.toThrow(Unavailable);
  });

  test('finds no place beside eight of the same account, and others do', async () => {
    const { service, workshop } = aService();
    workshop.gate = aGate();
    const first = Array.from({ length: 8 }, () => service.upload(ada, files(aPicture())));

    await expect(service.upload(ada, files(aPicture()))).rejects.toThrow(Unavailable);
    const others = service.upload(bob, files(aPicture()));
    workshop.gate.open();
    await Promise.all([...first, others]);
    await service.upload(ada, files(aPicture()));
  });
});

describe('places for uploads', () => {
  test('are 32, whoever takes them, and are free again after a failure', async () => {
    const [places, gate] = [new UploadPlaces(), aGate()];
    const wait = async (): Promise<never> => {
      await gate.passed;
      throw new Error('Failed.');
    };
    const held = Array.from({ length: 32 }, (_, index) => places.hold(`account ${index}` as AccountId, wait));

    await expect(places.hold(ada, () => Promise.resolve())).rejects.toThrow(Unavailable);
    gate.open();
    await Promise.allSettled(held);
    await expect(places.hold(ada, () => Promise.resolve('in'))).resolves.toBe('in');
  });
});

describe('removing', () => {
  test('is for the owner, and the objects follow with the event', async () => {
    const { service, rows, store, handle } = aService();
    const [image] = await service.upload(ada, files(wide()));

    await expect(service.remove(bob, image!.id)).rejects.toThrow(ImageNotFound);
    await service.remove(ada, image!.id);
    await expect(service.remove(ada, image!.id)).rejects.toThrow(ImageNotFound);

    expect(rows.events).toEqual([{ type: 'publishing.image-removed', payload: { objects: image!.objects } }]);
    for (const { type, payload } of [...rows.events, ...rows.events]) await handle(type, payload);
    expect(await store.keys()).toEqual([]);
  });

  test('of two at once finds nothing for one', async () => {
    const { service } = aService();
    const [image] = await service.upload(ada, files(wide()));
    const outcomes = await Promise.allSettled([
      service.remove(ada, image!.id),
      service.remove(ada, image!.id),
    ]);

    expect(outcomes).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'image_not_found' } }]);
  });

  test('takes everything of a closed account, also the second time, and nothing of others', async () => {
    const { service, rows, handle } = aService();
    for (let count = 0; count < 21; count++)
      await service.upload(ada, files(...Array.from({ length: 5 }, () => aPicture())));
    await service.upload(bob, files(aPicture()));

    for (let time = 0; time < 2; time++) await handle('accounts.account-closed', { account_id: ada });

    expect([...rows.images.values()].map(({ ownerId }) => ownerId)).toEqual([bob]);
    expect(rows.events).toHaveLength(105);
  });
});
