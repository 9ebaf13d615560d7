import { randomBytes } from 'node:crypto';
import type { Checksums } from './body.ts';
import { S3Error } from './s3-error.ts';

/** One version of an object, or the mark that it was deleted. */
export interface Version {
  readonly key: string;
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
  readonly bytes: Buffer;
  readonly etag: string;
  readonly checksums: Checksums;
  readonly checksumType: 'FULL_OBJECT' | 'COMPOSITE';
  /** `content-type`, `x-amz-meta-...` and whatever else comes back with the object. */
  readonly headers: Readonly<Record<string, string>>;
  readonly storedAt: Date;
}

export interface Part {
  readonly number: number;
  readonly bytes: Buffer;
  readonly etag: string;
  readonly checksums: Checksums;
  readonly storedAt: Date;
}

export interface Upload {
  readonly id: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly begunAt: Date;
  readonly parts: Map<number, Part>;
}

export class Bucket {
  readonly name: string;
  readonly createdAt: Date;
  readonly uploads = new Map<string, Upload>();
  /** Lifecycle, policy and the like, as they were sent. */
  readonly settings = new Map<string, string>();
  /** Most bytes of all versions together. */
  quotaBytes = Infinity;
  readonly #versions = new Map<string, Version[]>();

  constructor(name: string, createdAt: Date) {
    this.name = name;
    this.createdAt = createdAt;
  }

  get isEmpty(): boolean {
    return this.#versions.size === 0;
  }

  get isVersioned(): boolean {
    return this.settings.get('versioning')?.includes('<Status>Enabled</Status>') ?? false;
  }

  /** The newest version of each object that is not deleted, in the order of S3: by the bytes of their keys. */
  get current(): readonly Version[] {
    return this.versions.filter(
      version => version === this.#versions.get(version.key)?.at(-1) && !version.isDeleteMarker,
    );
  }

  /** Of each object the newest first. */
  get versions(): readonly Version[] {
    return [...this.#versions]
      .sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
      .flatMap(([, versions]) => versions.toReversed());
  }

  find(key: string, versionId?: string | null): Version | undefined {
    const versions = this.#versions.get(key) ?? [];
    return versionId ? versions.find(version => version.versionId === versionId) : versions.at(-1);
  }

  /** @throws {S3Error} NoSuchKey, NoSuchVersion, or MethodNotAllowed for a delete marker asked for by its id. */
  get(key: string, versionId?: string | null): Version {
    const version = this.find(key, versionId);
    if (version?.isDeleteMarker && versionId)
      throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.');
    if (version && !version.isDeleteMarker) return version;
    throw versionId
      ? new S3Error('NoSuchVersion', 'The specified version does not exist.', { Key: key })
      : new S3Error('NoSuchKey', 'The specified key does not exist.', { Key: key });
  }

  /** @throws {S3Error} InsufficientStorage */
  put(version: Omit<Version, 'versionId' | 'isDeleteMarker'>): Version {
    if (this.quotaBytes < Infinity && this.#takenBytes + version.bytes.length > this.quotaBytes)
      throw new S3Error('InsufficientStorage', 'There is no room left.', {}, { code: 'QuotaExceeded' });
    return this.#add({ ...version, versionId: this.#newVersionId(), isDeleteMarker: false });
  }

  /** @returns what is there no more, or the marker that was set; undefined where there was nothing. */
  delete(key: string, versionId: string | null | undefined, now: Date): Version | undefined {
    if (versionId || !this.isVersioned) {
      const gone = this.find(key, versionId);
      const left = (this.#versions.get(key) ?? []).filter(version => version !== gone);
      if (left.length > 0) this.#versions.set(key, left);
      else this.#versions.delete(key);
      return gone;
    }
    return this.#add({
      ...{ key, versionId: this.#newVersionId(), isDeleteMarker: true, bytes: Buffer.alloc(0), etag: '' },
      ...{ checksums: {}, checksumType: 'FULL_OBJECT', headers: {}, storedAt: now },
    });
  }

  get #takenBytes(): number {
    return [...this.#versions.values()].flat().reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  #add(version: Version): Version {
    const before = this.isVersioned ? (this.#versions.get(version.key) ?? []) : [];
    this.#versions.set(version.key, [...before, version]);
    return version;
  }

  #newVersionId(): string {
    return this.isVersioned ? randomBytes(16).toString('hex') : 'null';
  }
}
