/** A mail kept on this machine, for a developer to read. */
export interface KeptMail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Every http(s) link of the text, in order, each once. */
  readonly links: readonly string[];
  readonly sentAt: Date;
}

/** Where mails end when no SMTP server is configured. */
export interface Mailbox {
  /** Newest first. */
  list(): Promise<readonly KeptMail[]>;
  byId(id: string): Promise<KeptMail | null>;
}

// The last character is never one that merely ends a sentence; dashes and underscores can end a token.
const LINK = /https?:\/\/[^\s<>"'`]*[^\s<>"'`.,;:!?()[\]{}*]/g;

/** A text cut into links and what is between them; joined again it is the same text. */
export const cutAtLinks = (text: string): readonly { readonly text: string; readonly isLink: boolean }[] => {
  const parts: { text: string; isLink: boolean }[] = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    parts.push({ text: text.slice(end, match.index), isLink: false }, { text: match[0], isLink: true });
    end = match.index + match[0].length;
  }
  return [...parts, { text: text.slice(end), isLink: false }].filter(part => part.text !== '');
};

/** The http(s) links of a text in order, each once. */
export const linksIn = (text: string): readonly string[] => [
  ...new Set(
    cutAtLinks(text)
      .filter(part => part.isLink)
      .map(part => part.text),
  ),
];
