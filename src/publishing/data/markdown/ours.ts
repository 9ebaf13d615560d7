/**
 * Stands before what the renderer itself puts into an attribute, until the sanitiser takes it away: so the sanitiser can
 * tell our ids and checkboxes from those in raw HTML. Nobody can write it, because Markdown and HTML both turn a null
 * character into U+FFFD, also when it is written as an entity.
 */
export const OURS = '\0';
