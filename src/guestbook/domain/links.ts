// IDNA (UTS 46) takes the ideographic full stop for a dot; compatibility forms of both come apart before (NFKC).
const IDEOGRAPHIC_DOT = /\u3002/g;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

// Without a path only what people rarely write by leaving out the space after a full stop. Country codes that are
// words (`it`, `in`, `so`) are missing for that reason.
const ENDINGS =
  'com|net|org|info|biz|edu|gov|io|dev|xyz|icu|vip|ai|gg|tv|cc|ws|ly|ru|cn|tk|ml|gq|de|uk|fr|nl|eu|pl|br|ua|ch|jp|' +
  'ca|xn--[a-z0-9-]+';
const LABEL = String.raw`[\p{L}\p{N}](?:[\p{L}\p{N}_-]{0,62})`;

const LINK = new RegExp(
  [
    // A scheme with an authority, and the schemes that work without one.
    String.raw`[a-z][a-z0-9+.-]{1,20}://`,
    String.raw`\b(?:mailto|tel|sms|javascript|data):\S`,
    String.raw`(?<![\p{L}\p{N}])www\d?\.[\p{L}\p{N}]`,
    // Any name with a dot that a path, a port, a query or a fragment follows, and addresses written in numbers.
    String.raw`${LABEL}\.(?:\p{L}{2,24}|xn--[a-z0-9-]{1,59})(?:/|:\d{2,5}|[?#][\p{L}\p{N}_-]+=)`,
    String.raw`(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?::\d|/)`,
    String.raw`${LABEL}\.(?:${ENDINGS})(?![\p{L}\p{N}_-])`,
    // A mail address, also one in a domain of any ending.
    String.raw`[^\s@]@[\p{L}\p{N}-]{1,63}\.[\p{L}\p{N}.-]*\p{L}`,
  ].join('|'),
  'iu',
);

/** Whether a text holds what a reader could follow: a web address in any common spelling, or a mail address. */
export const holdsLink = (text: string): boolean =>
  LINK.test(text.replaceAll(INVISIBLE, '').normalize('NFKC').replaceAll(IDEOGRAPHIC_DOT, '.'));
