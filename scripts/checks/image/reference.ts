/** `postgres` of `docker.io/library/postgres:18.4-bookworm@sha256:...`. */
export const nameOf = (reference: string): string => /([^/:@]+)(?:[:@].*)?$/.exec(reference)?.[1] ?? '';

const tagOf = (reference: string): string => /:([^/@]+)(?:@|$)/.exec(reference)?.[1] ?? '';

export const majorOf = (reference: string): number => Number(/^v?(\d+)/.exec(tagOf(reference))?.[1] ?? NaN);

/** Whether it stays the same program: a digest, or a tag of a release rather than of a line of them. */
export const isPinned = (reference: string): boolean =>
  /@sha256:[0-9a-f]{64}$/.test(reference) || /^v?\d+\.\d+/.test(tagOf(reference));
