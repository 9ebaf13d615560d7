/** Where a bucket is. Credentials are found by the AWS default chain: environment, profile, task or instance role. */
export interface S3Settings {
  readonly bucket: string;
  /** Of a store that is not AWS's own. */
  readonly endpoint: string | undefined;
  /** `https://host/bucket/key` in place of `https://bucket.host/key`, for stores without a name for every bucket. */
  readonly forcePathStyle: boolean;
  readonly region: string;
}

/** In milliseconds. */
export interface S3Deadlines {
  readonly connect: number;
  /** From asking for an object until its first byte, another try included: a reader is answered within a second. */
  readonly open: number;
  /** How long a body under way may stand still. */
  readonly idle: number;
  /** To store an object, all tries included; `perMegabyte` is added for its size. */
  readonly put: number;
  readonly perMegabyte: number;
  readonly remove: number;
  /** For one page of a listing. */
  readonly list: number;
}

export const S3_DEADLINES: S3Deadlines = {
  connect: 500,
  open: 900,
  idle: 5_000,
  put: 5_000,
  perMegabyte: 2_000,
  remove: 3_000,
  list: 5_000,
};
