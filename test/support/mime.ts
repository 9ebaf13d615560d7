/** A received mail taken apart, as far as our own mails use MIME: headers, text and html. */
export interface ParsedMail {
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  readonly html: string;
}

/** Reads a raw message (RFC 5322, RFC 2045-2047) of the two-part kind that a `Mail` becomes. */
export const parseMime = (raw: string): ParsedMail => {
  const { headers, body } = split(raw);
  const boundary = /boundary="?([^";]+)"?/.exec(headers.get('content-type') ?? '')?.[1];
  if (boundary === undefined) throw new Error('The message has no parts.');
  const parts = body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map(part => split(part.replace(/^\r\n/, '').replace(/\r\n$/, '')));
  const content = (type: string): string => {
    const part = parts.find(each => each.headers.get('content-type')?.startsWith(type));
    if (!part) throw new Error(`The message has no ${type} part.`);
    return decodeBody(part.body, part.headers.get('content-transfer-encoding') ?? '7bit');
  };
  return { headers, text: content('text/plain'), html: content('text/html') };
};

const split = (raw: string): { headers: Map<string, string>; body: string } => {
  const end = raw.indexOf('\r\n\r\n');
  const headers = new Map<string, string>();
  for (const line of raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (headers.has(name)) throw new Error(`The header ${name} stands twice.`);
    headers.set(name, decodeWords(line.slice(colon + 1).trim()));
  }
  return { headers, body: raw.slice(end + 4) };
};

const decodeBody = (body: string, encoding: string): string => {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return body;
  return unescape(body.replace(/=\r\n/g, ''), /=([0-9A-F]{2})/g);
};

const decodeWords = (value: string): string =>
  value
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/(?:=\?utf-8\?[QB]\?[^?]*\?=)+/gi, run =>
      Buffer.concat(
        [...run.matchAll(/=\?utf-8\?([QB])\?([^?]*)\?=/gi)].map(([, kind, text = '']) =>
          kind?.toUpperCase() === 'B'
            ? Buffer.from(text, 'base64')
            : Buffer.from(unescape(text.replaceAll('_', ' '), /=([0-9A-F]{2})/g)),
        ),
      ).toString('utf8'),
    );

const unescape = (text: string, escape: RegExp): string =>
  Buffer.from(
    text.replace(escape, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');
