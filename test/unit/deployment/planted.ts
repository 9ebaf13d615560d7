import { projectText, type ReadText } from '../../../scripts/checks/project-text.ts';

/** A mistake: its name, the file, what stands there, what to put instead, and what has to be found. */
export type Mistake = readonly [
  name: string,
  path: string,
  before: string | RegExp,
  after: string,
  finding: string,
];

/** The project with one edit. @throws when there was nothing to edit, or the test would prove nothing. */
export const projectWith =
  ([, path, before, after]: Mistake): ReadText =>
  asked => {
    const text = projectText(asked);
    if (asked !== path) return text;
    const edited = text.replace(before, () => after);
    if (edited === text) throw new Error(`${path} has no ${String(before)}.`);
    return edited;
  };
