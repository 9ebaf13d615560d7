import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cliInput, type Rendered } from './render.ts';

/** Writes each template under its own name, for `--cli-input-json`. What an earlier run left there is removed. */
export const writeRendered = (rendered: readonly Rendered[], folder: string): void => {
  for (const service of new Set(rendered.map(one => one.service)))
    rmSync(join(folder, service), { recursive: true, force: true });
  for (const { path, input } of rendered) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(cliInput(input), null, 2)}\n`);
  }
};
