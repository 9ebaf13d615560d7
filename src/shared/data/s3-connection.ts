import type * as Sdk from '@aws-sdk/client-s3';
import type { S3Deadlines, S3Settings } from './s3-settings.ts';

/** The library and a client made with it. */
export interface S3Connection {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
}

/** Each reader of an image has one for as long as he takes; who finds none free waits, and is told 503. */
const MOST_CONNECTIONS = 500;

const ignore = (): void => undefined;

/** The library takes some 25 MB and its time to load, so only a process that has a bucket does it. */
export const connectS3 = async (
  { endpoint, forcePathStyle, region }: S3Settings,
  deadlines: S3Deadlines,
): Promise<S3Connection> => {
  const sdk = await import('@aws-sdk/client-s3');
  const client = new sdk.S3Client({
    region,
    forcePathStyle,
    ...(endpoint === undefined ? {} : { endpoint }),
    // Tries are repeated by the store, which can read a file anew; the library cannot.
    maxAttempts: 1,
    // Sizes and SHA-256 are held against each other by the store, for every kind of store in the same way.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Waits six seconds for stores that do not know it.
    expectContinueHeader: false,
    // Else it writes its opinions to the console, in lines that are no JSON.
    logger: { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore },
    requestHandler: {
      httpAgent: { maxSockets: MOST_CONNECTIONS },
      httpsAgent: { maxSockets: MOST_CONNECTIONS },
      connectionTimeout: deadlines.connect,
      requestTimeout: longest(deadlines),
      throwOnRequestTimeout: true,
    },
  });
  return { sdk, client };
};

// By default the library waits for ever. Every call has a shorter deadline of its own; this one is for those to come.
const longest = ({ put, perMegabyte }: S3Deadlines): number => put + 100 * perMegabyte;
