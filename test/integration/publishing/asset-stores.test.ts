import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskAssetStore } from '../../../src/publishing/data/disk-asset-store.ts';
import { assetStoreContract } from '../../support/asset-store-contract.ts';
import { InMemoryAssetStore } from '../../support/fakes/in-memory-asset-store.ts';
import { openS3Store } from '../../support/s3-store.ts';

const silent = { error: () => undefined, info: () => undefined };

assetStoreContract('memory', () =>
  Promise.resolve({ store: new InMemoryAssetStore(), close: () => Promise.resolve() }),
);

assetStoreContract('a folder', async () => {
  const root = await mkdtemp(join(tmpdir(), 'daymark-assets-'));
  return {
    store: new DiskAssetStore(join(root, 'data', 'assets'), silent),
    close: () => rm(root, { recursive: true }),
  };
});

assetStoreContract('a bucket', () => openS3Store());
