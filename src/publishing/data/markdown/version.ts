/** Rises whenever the same text would become something else, also through a new version of a library. */
export const RENDERER_VERSION = 1;
