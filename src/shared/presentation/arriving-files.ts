import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { BusboyFileStream, BusboyInstance } from '@fastify/busboy';
import { DomainError } from '../domain/domain-error.ts';
import { beginOwnPace, endOwnPace } from './own-pace.ts';
import { ClientGone, ProtocolError } from './problem.ts';
import { contextOf } from './request-context.ts';
import type { UploadedFile, UploadLimits } from './route.ts';

/** One multipart body on its way from the socket through the parser to whoever reads its files. */
export class ArrivingFiles {
  readonly #request: IncomingMessage;
  readonly #parser: BusboyInstance;
  readonly #limits: UploadLimits & { readonly mostBytes: number };
  readonly #streams = new Set<Readable>();
  /** Small files come several in one chunk. */
  readonly #arrived: UploadedFile[] = [];
  #received = 0;
  #isParsed = false;
  #isRead = false;
  #failure: unknown;
  #wake = (): void => undefined;

  constructor(
    request: IncomingMessage,
    parser: BusboyInstance,
    limits: UploadLimits & { readonly mostBytes: number },
  ) {
    this.#request = request;
    this.#parser = parser;
    this.#limits = limits;
  }

  async *all(): AsyncGenerator<UploadedFile, void> {
    const end = this.#begin();
    try {
      for (let file = await this.#next(); file !== undefined; file = await this.#next()) {
        yield file;
        file.bytes.resume();
      }
    } finally {
      end();
    }
  }

  #begin(): () => void {
    const [request, parser] = [this.#request, this.#parser];
    const fail = (error: unknown): void => this.#fail(error);
    const onData = (chunk: Buffer): void => {
      idle.refresh();
      this.#received += chunk.length;
      if (this.#received > this.#limits.mostBytes) fail(tooLarge(this.#limits.mostBytes));
      else if (!parser.write(chunk)) request.pause();
    };
    const onDrain = (): void => {
      idle.refresh();
      if (this.#failure === undefined) request.resume();
    };
    const onEnd = (): void => {
      this.#isRead = true;
      parser.end();
      this.#wake();
    };
    const onClose = (): void => {
      if (!this.#isRead) fail(new ClientGone());
    };
    const deadline = setTimeout(() => this.#runOut(), this.#limits.deadlineSeconds * 1_000);
    // Only a client that could send is waited for in vain: not one whose bytes nobody takes at the moment.
    const idle = setTimeout(() => {
      if (request.isPaused()) idle.refresh();
      else this.#runOut();
    }, this.#limits.idleSeconds * 1_000);
    beginOwnPace(request);
    parser.on('file', (_field, stream, name) => this.#receive(stream, name));
    parser.on('filesLimit', () => fail(tooManyFiles(this.#limits.mostFiles)));
    parser.on('fieldsLimit', () => fail(unknownField()));
    parser.on('error', () => fail(malformed()));
    parser.on('drain', onDrain).on('finish', () => {
      this.#isParsed = true;
      this.#wake();
    });
    request.on('data', onData).on('end', onEnd).on('error', onClose).on('close', onClose);
    if (request.destroyed) onClose();
    return () => {
      clearTimeout(deadline);
      clearTimeout(idle);
      endOwnPace(request);
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      if (!this.#isRead) {
        request.pause();
        this.#fail(new Error('Nobody reads these files any more.'));
      }
    };
  }

  #receive(stream: BusboyFileStream, clientsName: string | undefined): void {
    const name = shownName(clientsName);
    stream.on('error', () => undefined);
    if (this.#failure !== undefined) return;
    this.#streams.add(stream);
    stream.on('limit', () => this.#fail(fileTooLarge(name, this.#limits.mostBytesPerFile)));
    const bytes = Readable.from(this.#bytesOf(stream), { objectMode: false });
    bytes.on('error', () => undefined);
    this.#arrived.push({ name, bytes });
    this.#wake();
  }

  async *#bytesOf(stream: Readable): AsyncGenerator<Buffer, void> {
    try {
      for await (const chunk of stream.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
    } catch (error) {
      // The parser has its own words for a body that ends too early.
      throw this.#failure ?? error;
    } finally {
      this.#streams.delete(stream);
      stream.resume();
    }
  }

  async #next(): Promise<UploadedFile | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure as Error;
      const file = this.#arrived.shift();
      if (file) return file;
      if (this.#isParsed && this.#isRead) return undefined;
      await new Promise<void>(resolve => (this.#wake = resolve));
    }
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#request.pause();
    for (const stream of this.#streams) stream.destroy(error as Error);
    this.#wake();
  }

  #runOut(): void {
    // It had its time. A connection that goes on sending slowly is not listened to for as long again.
    contextOf(this.#request).patienceBytes = 0;
    this.#fail(new ProtocolError(408, 'request_timeout', 'The request took too long to arrive.'));
  }
}

const LONGEST_NAME = 100;

/** A name as it may stand in a message: nothing invisible, nothing that turns the text around, not too long. */
const shownName = (name = ''): string => {
  const seen = name.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim();
  return seen === '' ? 'A file without a name' : Array.from(seen).slice(0, LONGEST_NAME).join('');
};

export const malformed = (): DomainError =>
  new DomainError('malformed', 'malformed_multipart', 'The body is not valid multipart/form-data.');

export const tooLarge = (mostBytes: number): DomainError =>
  new DomainError('too-large', 'body_too_large', `The body must not be larger than ${mostBytes} bytes.`);

const fileTooLarge = (name: string, mostBytes: number): DomainError =>
  new DomainError('too-large', 'file_too_large', `${name}: a file may have at most ${mostBytes} bytes.`);

const tooManyFiles = (most: number): DomainError =>
  new DomainError('too-large', 'too_many_files', `At most ${most} files at once.`);

const unknownField = (): DomainError =>
  new DomainError('invalid', 'unknown_field', 'Only files are expected here, no other fields.');
