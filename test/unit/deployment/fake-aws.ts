import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

// The nth answer to a command, or the last one that there is. A file beside it that ends in .fails is an error. What
// every call does is built into the shell, since a set-up makes a hundred of them.
const PROGRAM = `#!/bin/sh
cd "\${0%/*}/.." || exit 1
show() { while IFS= read -r line || [ -n "$line" ]; do printf '%s\\n' "$line"; done < "$1"; }
joined() { while IFS= read -r line || [ -n "$line" ]; do printf %s "$line"; done < "$1"; echo; }
printf '%s\\n' "$*" >> calls
case $0 in */aws) call=$1.$2 ;; *) call=\${0##*/}.$1 ;; esac
n=0
[ ! -e "$call.count" ] || read -r n < "$call.count"
n=$((n + 1))
echo "$n" > "$call.count"
while [ "$n" -gt 0 ] && [ ! -e "answers/$call.$n" ] && [ ! -e "answers/$call.$n.fails" ]; do n=$((n - 1)); done
if [ -e "answers/$call.$n.fails" ]; then show "answers/$call.$n.fails" >&2; exit 254; fi
[ "$n" -gt 0 ] || { echo "nobody expected: $*" >&2; exit 1; }
show "answers/$call.$n"
previous=
for word in "$@"; do
  [ "$previous" != --metadata-file ] || cp answers/metadata "$word"
  case $word in file://*) joined "\${word#file://}" >> inputs ;; esac
  previous=$word
done
`;

/** Stands on PATH in place of the aws-cli and of docker, says what it was told to say, and remembers what it was asked. */
export class FakePrograms implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'daymark-fake-'));
  readonly #path = process.env.PATH;

  constructor() {
    mkdirSync(join(this.#folder, 'bin'));
    mkdirSync(join(this.#folder, 'answers'));
    for (const name of ['aws', 'docker']) {
      writeFileSync(join(this.#folder, 'bin', name), PROGRAM);
      chmodSync(join(this.#folder, 'bin', name), 0o755);
    }
    process.env.PATH = [join(this.#folder, 'bin'), this.#path].join(delimiter);
  }

  /** A place for what is written meanwhile. */
  get folder(): string {
    return join(this.#folder, 'out');
  }

  /** One answer after the other; the last one stays. `call` is like `ecs run-task`. */
  answers(call: string, ...answers: readonly unknown[]): void {
    for (const [index, answer] of answers.entries()) {
      const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
      this.#write(`${call.replace(' ', '.')}.${index + 1}`, text);
    }
  }

  fails(call: string, message: string): void {
    this.#write(`${call.replace(' ', '.')}.1.fails`, message);
  }

  /** What a build leaves behind. */
  builds(metadata: string): void {
    this.#write('metadata', metadata);
    this.answers('docker buildx', '');
  }

  /** The first two words of each call, in order. */
  calls(): readonly string[] {
    return this.lines().map(line => line.split(' ').slice(0, 2).join(' '));
  }

  lines(): readonly string[] {
    try {
      return readFileSync(join(this.#folder, 'calls'), 'utf8').trimEnd().split('\n');
    } catch {
      return [];
    }
  }

  /** What was handed over in files, one a line. */
  inputs(): readonly unknown[] {
    const lines = readFileSync(join(this.#folder, 'inputs'), 'utf8').trimEnd().split('\n');
    return lines.map(line => JSON.parse(line) as unknown);
  }

  [Symbol.dispose](): void {
    process.env.PATH = this.#path;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #write(name: string, text: string): void {
    writeFileSync(join(this.#folder, 'answers', name), text);
  }
}
