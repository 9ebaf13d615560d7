/** A variable that a Compose file asks for. */
export interface Variable {
  readonly name: string;
  /** Null for one that has to be given: `${NAME:?}`. */
  readonly fallback: string | null;
}

const VARIABLE = /\$\$|\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g;

export const variablesIn = (text: string): readonly Variable[] =>
  [...text.matchAll(VARIABLE)]
    .filter(([whole]) => whole !== '$$')
    .map(([, name = '', fallback]) => ({ name, fallback: fallback ?? null }));

/** The text as Compose reads it with these variables. An empty one counts as not given. */
export const interpolate = (text: string, values: Readonly<Record<string, string | undefined>>): string =>
  text.replaceAll(VARIABLE, (whole, name: string | undefined, fallback: string | undefined) =>
    whole === '$$' ? '$' : values[name ?? ''] || (fallback ?? ''),
  );
