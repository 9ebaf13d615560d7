import { createHash, createHmac } from 'node:crypto';
import { deriveKeys } from '../../shared/data/derived-keys.ts';
import type { MailTicketId } from '../domain/ids.ts';
import type { MailTokens } from '../services/tokens.ts';

export class HmacMailTokens implements MailTokens {
  readonly #key: Buffer;

  constructor(secrets: readonly string[]) {
    const [key] = deriveKeys(secrets, 'mail tokens');
    if (!key) throw new Error('No session secret is configured.');
    this.#key = key;
  }

  ticketIdFor(eventId: string, purpose: string): MailTicketId {
    // A UUIDv8 (RFC 9562 section 5.8): our own bits, with the version and the variant set.
    const bytes = createHash('sha256').update(`${eventId}\n${purpose}`).digest().subarray(0, 16);
    bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
    const hex = bytes.toString('hex');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') as MailTicketId;
  }

  tokenFor(ticketId: string, purpose: string, address: string): string {
    return createHmac('sha256', this.#key).update(`${purpose}\n${ticketId}\n${address}`).digest('base64url');
  }

  hashOf(token: string): string {
    return createHash('sha256').update(token).digest('base64url');
  }
}
