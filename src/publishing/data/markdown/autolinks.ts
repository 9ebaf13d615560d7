import type MarkdownIt from 'markdown-it';

const WWW = 'www.';
// No address that a person writes is longer; copying the rest of the text for each one would take for ever.
const LONGEST = 2_000;

/**
 * GFM's bare addresses: http://, https://, www. and mail. No other name becomes a link, because `README.md` and `main.rs`
 * are names of files far more often than of hosts.
 */
export const autolinks = (md: MarkdownIt): void => {
  const { linkify } = md;
  linkify.set({ fuzzyLink: false, fuzzyEmail: true });
  // A mail address may end in any domain; the list is otherwise only there for bare names.
  linkify.tlds('[a-z]{2,63}');
  linkify.add('//', null).add('ftp:', null);
  linkify.add(WWW, {
    validate: (text, position) => {
      const start = position - WWW.length;
      const length = linkify.testSchemaAt(`//${text.slice(start, start + LONGEST)}`, 'http:', 0);
      return Math.max(0, length - '//'.length - WWW.length);
    },
    normalize: match => {
      match.url = `http://${match.url}`;
    },
  });
};
