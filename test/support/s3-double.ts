import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verifyBody } from './s3-double/body.ts';
import { bucketOf, type Answer, type Call } from './s3-double/exchange.ts';
import { deliver, FaultPlan, flipped, spoiled, type Aim, type Fault } from './s3-double/faults.ts';
import { operationOf, type Operation } from './s3-double/operations.ts';
import { EVERYTHING, isAllowed, parsePolicy, type Statement } from './s3-double/policy.ts';
import { S3Error } from './s3-double/s3-error.ts';
import { verifySignature, type SignedRequest } from './s3-double/sigv4.ts';
import { Bucket } from './s3-double/storage.ts';
import { documentOf } from './s3-double/xml.ts';

export interface S3User {
  readonly name: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** What he may do besides what bucket policies say. */
  readonly statements: readonly Statement[];
}

export interface S3Log {
  readonly operation: string;
  readonly key: string;
  /** 0 when no answer was sent. */
  status: number;
}

export const S3_OWNER: S3User = {
  name: 'owner',
  accessKeyId: 'AKIADOUBLEOWNER00000',
  secretAccessKey: 'owner/secret+of+the+double/0123456789abc',
  statements: EVERYTHING,
};

/**
 * A server that speaks S3 and is as strict as S3: signatures, clocks, checksums, preconditions, policies. What it does
 * not know it refuses. It keeps everything in memory, and fails as it is told to.
 */
export class S3Double {
  readonly region: string;
  readonly buckets = new Map<string, Bucket>();
  /** Every request so far. */
  readonly log: S3Log[] = [];
  now: () => Date = () => new Date();
  readonly #users = new Map<string, S3User>([[S3_OWNER.accessKeyId, S3_OWNER]]);
  readonly #faults = new FaultPlan();
  readonly #server: Server;
  #port = 0;

  private constructor(region: string) {
    this.region = region;
    this.#server = createServer((request, response) => {
      request.on('error', () => undefined);
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async start({ region = 'us-east-1', buckets = ['daymark'] } = {}): Promise<S3Double> {
    const double = new S3Double(region);
    for (const name of buckets) double.buckets.set(name, new Bucket(name, double.now()));
    await double.comeBack();
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  bucket(name = 'daymark'): Bucket {
    return bucketOf({ buckets: this.buckets, bucketName: name });
  }

  addUser(user: S3User): void {
    this.#users.set(user.accessKeyId, user);
  }

  /** The first request that is meant fails, or as the aim says. */
  fail(fault: Fault, aim: Aim = {}): void {
    this.#faults.add(fault, aim);
  }

  /** Nothing fails any more. */
  heal(): void {
    this.#faults.clear();
  }

  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  /** Refuses connections, and breaks those that there are. */
  async goAway(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }

  /** Listens, again on the same port. */
  async comeBack(): Promise<void> {
    await new Promise<void>(resolve => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.goAway();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const entry: S3Log = { operation: 'unknown', key: '', status: 0 };
    this.log.push(entry);
    response.on('finish', () => (entry.status = response.statusCode));
    let fault: Fault | null = null;
    let answer: Answer;
    try {
      const signed = signedRequest(request);
      const { bucketName, key } = addressOf(signed);
      const about = { bucketName, key, query: new Map(signed.query), headers: signed.headers };
      const operation = operationOf(signed.method, about);
      Object.assign(entry, { operation: operation.name, key });
      fault = this.#faults.next(operation.name, key);
      if (fault?.kind === 'hang') {
        // Who does not read does not hear that the client has gone.
        request.resume();
        return;
      }
      const body = await bodyOf(request, fault);
      if (body === null) return;
      const received = fault?.kind === 'corruptRequest' ? flipped(body) : body;
      answer = fault?.kind === 'status' ? answerTo(fault) : this.#work(signed, about, operation, received);
    } catch (error) {
      answer = refusal(error, request.url ?? '');
    }
    if (fault?.kind === 'lostAnswer') response.destroy();
    else if (fault?.kind !== 'silentAnswer')
      send(request, response, spoiled(answer, fault), fault, this.now());
  }

  #work(
    signed: SignedRequest,
    about: Pick<Call, 'bucketName' | 'key' | 'query' | 'headers'>,
    operation: Operation,
    body: Buffer,
  ): Answer {
    const now = this.now();
    const signerOf = (accessKeyId: string) => this.#users.get(accessKeyId);
    const proof = verifySignature(signed, signerOf, { region: this.region, now });
    this.#checkAllowed(proof.signer, operation, about);
    const verified = verifyBody(signed, body, proof);
    const { buckets, region } = this;
    return operation.run({ ...about, ...verified, action: operation.name, buckets, region, now });
  }

  #checkAllowed(
    user: S3User,
    { permission }: Operation,
    { bucketName, key }: Pick<Call, 'bucketName' | 'key'>,
  ): void {
    const policy = this.buckets.get(bucketName)?.settings.get('policy');
    const statements = [...user.statements, ...(policy === undefined ? [] : parsePolicy(policy))];
    const resource = key === '' ? bucketName : `${bucketName}/${key}`;
    if (!isAllowed(statements, user.name, permission, resource))
      throw new S3Error('AccessDenied', 'Access Denied');
  }
}

const signedRequest = (request: IncomingMessage): SignedRequest => {
  const [rawPath = '/', rawQuery = ''] = (request.url ?? '/').split(/\?(.*)/s);
  const query = rawQuery
    .split('&')
    .filter(pair => pair !== '')
    .map(pair => {
      const [name = '', value = ''] = pair
        .split(/=(.*)/s)
        .map(text => decodeURIComponent(text.replaceAll('+', ' ')));
      return [name, value] as const;
    });
  const headers = new Map<string, string>();
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const name = (request.rawHeaders[at] ?? '').toLowerCase();
    const value = request.rawHeaders[at + 1] ?? '';
    headers.set(name, headers.has(name) ? `${headers.get(name) ?? ''},${value}` : value);
  }
  return { method: request.method ?? '', rawPath, query, headers };
};

/** `/bucket/key`, or `/key` at `bucket.localhost`. */
const addressOf = ({ rawPath, headers }: SignedRequest): { bucketName: string; key: string } => {
  const path = rawPath.slice(1).split('/').map(decodeURIComponent).join('/');
  const [, virtual] = /^(.+)\.localhost(?::\d+)?$/.exec(headers.get('host') ?? '') ?? [];
  if (virtual !== undefined) return { bucketName: virtual, key: path };
  const [bucketName = '', key = ''] = path.split(/\/(.*)/s);
  return { bucketName, key };
};

/** Null when the connection broke, by the client or by the fault. */
const bodyOf = async (request: IncomingMessage, fault: Fault | null): Promise<Buffer | null> => {
  const pieces: Buffer[] = [];
  const resetAfter = fault?.kind === 'reset' ? (fault.afterBytes ?? 0) : Infinity;
  let received = 0;
  try {
    if (resetAfter === 0) throw new Error('reset');
    for await (const piece of request as AsyncIterable<Buffer>) {
      pieces.push(piece);
      received += piece.length;
      if (received >= resetAfter) throw new Error('reset');
    }
  } catch {
    request.socket.resetAndDestroy();
    return null;
  }
  const { headers } = request;
  const isMeasured = headers['content-length'] ?? headers['x-amz-decoded-content-length'];
  if (received > 0 && isMeasured === undefined)
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  return Buffer.concat(pieces);
};

const answerTo = (fault: Fault & { readonly kind: 'status' }): Answer => {
  const { status, code = status === 503 ? 'SlowDown' : 'InternalError', html } = fault;
  if (html !== undefined) return { status, headers: { 'content-type': 'text/html' }, body: html };
  return { status, body: documentOf('Error', { Code: code, Message: 'As it was planned.' }) };
};

const refusal = (error: unknown, resource: string): Answer => {
  if (!(error instanceof S3Error)) throw error;
  const { status, code, message, details } = error;
  const headers = details.Region === undefined ? {} : { 'x-amz-bucket-region': details.Region };
  return {
    status,
    headers,
    body: documentOf('Error', { Code: code, Message: message, Resource: resource, ...details }),
  };
};

const send = (
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers = {}, body = '' }: Answer,
  fault: Fault | null,
  now: Date,
): void => {
  const bytes = Buffer.from(body);
  const type = bytes.length > 0 ? { 'content-type': 'application/xml' } : {};
  const isHead = request.method === 'HEAD';
  const length = isHead || status === 204 ? {} : { 'content-length': String(bytes.length) };
  response.writeHead(status, { date: now.toUTCString(), ...type, ...length, ...headers });
  if (isHead || status === 204) response.end();
  else deliver(response, bytes, fault);
};
