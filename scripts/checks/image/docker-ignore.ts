interface Rule {
  readonly pattern: RegExp;
  readonly letsIn: boolean;
}

const rulesIn = (text: string): readonly Rule[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => ({ pattern: patternOf(line.replace(/^!?\/?|\/$/g, '')), letsIn: line.startsWith('!') }));

// Unlike a shell's, these stars stand for names that begin with a dot too.
const patternOf = (glob: string): RegExp => {
  const source = glob.replaceAll(/\*\*\/?|\*|\?|[.+^${}()|[\]\\]/g, part => {
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.startsWith('**') ? '.*' : `\\${part}`;
  });
  return new RegExp(`^${source}$`);
};

/** The path itself and the folders it lies in: a rule for a folder is one for all in it. */
const levelsOf = (path: string): readonly string[] => {
  const parts = path.split('/');
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
};

/** Whether a build sees a file, by the rules of a .dockerignore: of those that match, the last one counts. */
export const sentToBuild = (dockerignore: string): ((path: string) => boolean) => {
  const rules = rulesIn(dockerignore);
  return path => {
    const levels = levelsOf(path);
    const last = rules.findLast(({ pattern }) => levels.some(level => pattern.test(level)));
    return last?.letsIn ?? true;
  };
};
