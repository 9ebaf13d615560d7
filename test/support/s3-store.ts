import { S3AssetStore } from '../../src/publishing/data/s3-asset-store.ts';
import { S3_DEADLINES, type S3Deadlines, type S3Settings } from '../../src/shared/data/s3-settings.ts';
import { S3Double, S3_OWNER } from './s3-double.ts';

export interface S3Store {
  readonly double: S3Double;
  readonly store: S3AssetStore;
  /** What the admin was told. */
  readonly messages: string[];
  close(): Promise<void>;
}

const VARIABLES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_EC2_METADATA_DISABLED'] as const;

/** Gives this process the credentials that the AWS default chain finds first. @returns what undoes it. */
export const useCredentials = ({
  accessKeyId,
  secretAccessKey,
}: {
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
}): (() => void) => {
  const before = VARIABLES.map(name => [name, process.env[name]] as const);
  set('AWS_ACCESS_KEY_ID', accessKeyId);
  set('AWS_SECRET_ACCESS_KEY', secretAccessKey);
  // Else the chain asks the network for the role of a machine.
  set('AWS_EC2_METADATA_DISABLED', 'true');
  return () => before.forEach(([name, value]) => set(name, value));
};

const set = (name: string, value: string | undefined): void => {
  if (value === undefined) Reflect.deleteProperty(process.env, name);
  else process.env[name] = value;
};

/** The store over a double of its own. */
export const openS3Store = async (
  change: { readonly deadlines?: Partial<S3Deadlines>; readonly settings?: Partial<S3Settings> } = {},
  credentials: Parameters<typeof useCredentials>[0] = S3_OWNER,
): Promise<S3Store> => {
  const double = await S3Double.start();
  const restore = useCredentials(credentials);
  const messages: string[] = [];
  const log = {
    error: (_details: object, message: string) => messages.push(message),
    info: (message: string) => messages.push(message),
  };
  const settings = { bucket: 'daymark', endpoint: double.url, forcePathStyle: true, region: 'us-east-1' };
  const store = new S3AssetStore({ ...settings, ...change.settings }, log, {
    ...S3_DEADLINES,
    ...change.deadlines,
  });
  return {
    double,
    store,
    messages,
    close: async () => {
      await store.close();
      await double.close();
      restore();
    },
  };
};
