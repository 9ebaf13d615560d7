import { DockerfileParser, type Instruction } from 'dockerfile-ast';

/** From one FROM to the next. */
export interface Stage {
  readonly name: string;
  /** What it begins from, with the defaults of the ARGs before the first FROM put in. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

const withDefaults = (text: string, defaults: ReadonlyMap<string, string>): string =>
  text.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => defaults.get(name) ?? whole);

export const stagesOf = (text: string): readonly Stage[] => {
  const parsed = DockerfileParser.parse(text);
  const defaults = new Map(
    parsed.getInitialARGs().map(arg => {
      const property = arg.getProperty();
      return [property?.getName() ?? '', property?.getValue() ?? ''];
    }),
  );
  const all = parsed.getInstructions();
  return parsed.getFROMs().map((from, index, froms) => ({
    name: from.getBuildStage() ?? '',
    from: withDefaults(from.getImage() ?? '', defaults),
    instructions: all.slice(
      all.indexOf(from),
      index + 1 < froms.length ? all.indexOf(froms[index + 1] ?? from) : all.length,
    ),
  }));
};

/** The last instruction of a keyword: it is the one that counts. */
export const lastOf = (stage: Stage, keyword: string): Instruction | undefined =>
  stage.instructions.findLast(instruction => instruction.getKeyword() === keyword);

/** The words of a CMD, ENTRYPOINT or HEALTHCHECK in exec form; null for what a shell would run. */
export const execForm = (instruction: Instruction | undefined): readonly string[] | null => {
  const list = /\[.*\]$/s.exec(instruction?.getArgumentsContent() ?? '')?.[0];
  const text = instruction?.getArgumentsContent()?.replace(/^(--\S+\s+|\\\s+|CMD\s+)*/, '');
  if (list === undefined || list !== text) return null;
  try {
    return JSON.parse(list) as string[];
  } catch {
    return null;
  }
};
