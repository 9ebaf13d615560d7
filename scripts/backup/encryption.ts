import { readFile } from 'node:fs/promises';
import { ReadableStream as WebStream } from 'node:stream/web';
import { Decrypter, Encrypter } from 'age-encryption';
import { BackupFailure } from './failure.ts';
import type { Transformation } from './transformation.ts';

/** How every file of age begins, as its specification has it. */
const BEGINNING = 'age-encryption.org/v1\n';

/**
 * What comes out can only be read with an identity of one of the recipients (`age1...`).
 * @throws {BackupFailure} `recipient_invalid`
 */
export const encryptTo = (recipients: readonly string[]): Transformation => {
  const encrypter = new Encrypter();
  for (const recipient of recipients)
    try {
      encrypter.addRecipient(recipient);
    } catch (error) {
      throw new BackupFailure(
        'configuration',
        'recipient_invalid',
        `BACKUP_AGE_RECIPIENTS: ${recipient} is no recipient of age. Was it copied whole?`,
        { cause: error },
      );
    }
  return async function* (source) {
    yield* bytesOf(encrypter.encrypt(webStream(source)));
  };
};

/**
 * The keys that `BACKUP_AGE_IDENTITY` holds or names: it is a key itself, or the path of a file with one a line and
 * comments after `#`, as age-keygen writes it.
 * @throws {BackupFailure} `identity_missing`, `identity_unreadable`
 */
export const readIdentities = async (setting: string | undefined): Promise<readonly string[]> => {
  if (setting === undefined)
    throw new BackupFailure(
      'unusable',
      'identity_missing',
      'The backup is encrypted. Set BACKUP_AGE_IDENTITY to the key (AGE-SECRET-KEY-1...) or to the file that holds it.',
    );
  const text = setting.includes('AGE-SECRET-KEY-') ? setting : await readKeyFile(setting);
  const keys = text
    .split(/[\r\n]+/)
    .map(line => line.replace(/#.*/, '').trim())
    .filter(line => line !== '');
  // The line itself is not shown: it may be a key with a typing error.
  const at = keys.findIndex(key => !isIdentity(key));
  if (keys.length === 0 || at >= 0)
    throw new BackupFailure(
      'unusable',
      'identity_unreadable',
      keys.length === 0
        ? 'BACKUP_AGE_IDENTITY holds no key.'
        : `BACKUP_AGE_IDENTITY: key ${at + 1} is no identity of age. Was it copied whole?`,
    );
  return keys;
};

const readKeyFile = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new BackupFailure(
      'unusable',
      'identity_unreadable',
      `BACKUP_AGE_IDENTITY is neither a key nor a file that can be read (${(error as NodeJS.ErrnoException).code ?? 'no path'}).`,
    );
  }
};

const isIdentity = (key: string): boolean => {
  try {
    new Decrypter().addIdentity(key);
    return true;
  } catch {
    return false;
  }
};

/**
 * Undoes `encryptTo`. A failure of the source passes as it is; everything else is a failure of the content.
 * @throws {BackupFailure} while iterating: `not_encrypted`, `identity_wrong`, `archive_damaged`
 */
export const decryptWith = (identities: readonly string[]): Transformation =>
  async function* (source) {
    const decrypter = new Decrypter();
    for (const identity of identities) decrypter.addIdentity(identity);
    let failed: { readonly reason: unknown } | null = null;
    const watched = async function* (): AsyncGenerator<Uint8Array, void> {
      try {
        yield* withBeginning(source);
      } catch (reason) {
        failed = { reason };
        throw reason;
      }
    };
    try {
      yield* bytesOf(decrypter.decrypt(webStream(watched())));
    } catch (error) {
      const source = failed as { readonly reason: unknown } | null;
      throw source === null ? failureOf(error) : source.reason;
    }
  };

/** The library would read all of another kind of file into memory, in search of the end of its first line. */
const withBeginning = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let head: Buffer | null = Buffer.alloc(0);
  for await (const piece of source) {
    if (head === null) {
      yield piece;
      continue;
    }
    head = Buffer.concat([head, piece]);
    if (head.length < BEGINNING.length) continue;
    if (head.toString('latin1', 0, BEGINNING.length) !== BEGINNING) throw notEncrypted();
    yield head;
    head = null;
  }
  if (head !== null) throw notEncrypted();
};

const notEncrypted = (): BackupFailure =>
  new BackupFailure('unusable', 'not_encrypted', 'The archive is not encrypted, although it should be.');

const failureOf = (error: unknown): BackupFailure => {
  const { message } = error as Error;
  return /no identity matched/.test(message)
    ? new BackupFailure(
        'unusable',
        'identity_wrong',
        'BACKUP_AGE_IDENTITY does not fit: the backup was encrypted to other recipients.',
      )
    : new BackupFailure('unusable', 'archive_damaged', 'The archive is damaged: it cannot be decrypted.', {
        cause: error,
      });
};

// The types of the browser's streams know neither where these come from nor how they are read here.
const webStream = (source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> =>
  WebStream.from(source) as unknown as ReadableStream<Uint8Array>;

const bytesOf = async function* (
  opening: Promise<ReadableStream<Uint8Array>>,
): AsyncGenerator<Uint8Array, void> {
  yield* (await opening) as unknown as AsyncIterable<Uint8Array>;
};
