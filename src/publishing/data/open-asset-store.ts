import type { AssetStore } from '../services/asset-store.ts';
import { DiskAssetStore } from './disk-asset-store.ts';
import { S3AssetStore } from './s3-asset-store.ts';
import type { S3Settings } from '../../shared/data/s3-settings.ts';
import type { StoreLog } from './store-outage.ts';

/** The bucket that is configured, or else a folder. */
export const openAssetStore = (
  { s3, assetsDirectory }: { readonly s3: S3Settings | null; readonly assetsDirectory: string },
  log: StoreLog,
): AssetStore => {
  if (s3 === null) return new DiskAssetStore(assetsDirectory, log);
  const store = new S3AssetStore(s3, log);
  store.connect();
  return store;
};

export const closeAssetStore = async (store: AssetStore): Promise<void> => {
  if (store instanceof S3AssetStore) await store.close();
};
