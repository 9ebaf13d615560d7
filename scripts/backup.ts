// Backs up the database and restores it. `node scripts/backup.ts help` lists the commands.
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import type { Command, OptionValues, Outcome } from './backup/command.ts';
import { BackupFailure, EXIT, type ExitKind } from './backup/failure.ts';
import { humanReport, jsonReport } from './backup/report.ts';
import { readBackupSettings } from './backup/settings.ts';

// Loaded when they are needed: a list need not load what restores.
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./backup/commands/run.ts')).run,
  list: async () => (await import('./backup/commands/list.ts')).list,
  verify: async () => (await import('./backup/commands/verify.ts')).verify,
  restore: async () => (await import('./backup/commands/restore.ts')).restore,
  drill: async () => (await import('./backup/commands/drill.ts')).drill,
  status: async () => (await import('./backup/commands/status.ts')).status,
  export: async () => (await import('./backup/commands/export-plain.ts')).exportPlain,
};

const usageOf = (name: string, { help, options }: Command): string => {
  const lines = Object.entries(options).map(([option, { value, help: text }]) => {
    const written = value === undefined ? `--${option}` : `--${option} ${value}`;
    return `  ${written.padEnd(24)}${text}`;
  });
  return [
    `Usage: node scripts/backup.ts ${name} [OPTIONS]`,
    '',
    help,
    '',
    ...lines,
    '  --json                  the result as one JSON object, and progress as one object a line',
  ].join('\n');
};

const overview = async (): Promise<string> => {
  const lines = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, load]) => `  ${name.padEnd(10)}${(await load()).help}`),
  );
  return ['Usage: node scripts/backup.ts COMMAND [OPTIONS]; COMMAND --help says more', '', ...lines].join(
    '\n',
  );
};

const parse = (words: readonly string[], command: Command): OptionValues => {
  const builtIn = { json: { type: 'boolean' }, help: { type: 'boolean' } } as const;
  const own = Object.fromEntries(Object.entries(command.options).map(([name, { type }]) => [name, { type }]));
  try {
    return parseArgs({ args: [...words], options: { ...builtIn, ...own }, strict: true }).values;
  } catch (error) {
    throw new BackupFailure('usage', 'wrong_usage', (error as Error).message);
  }
};

/** Ctrl-C and the scheduler's SIGTERM let a command clean up behind itself; a second one does not wait. */
const signalOfEnd = (): AbortSignal => {
  const end = new AbortController();
  const on = (name: NodeJS.Signals, exit: ExitKind) =>
    process.on(name, () => {
      if (end.signal.aborted) process.exit(EXIT[exit]);
      end.abort(new BackupFailure(exit, exit, `Stopped by ${name}.`));
    });
  on('SIGINT', 'interrupted');
  on('SIGTERM', 'terminated');
  return end.signal;
};

const askAtTerminal = async (question: string, signal: AbortSignal): Promise<string> => {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question, { signal });
  } finally {
    terminal.close();
  }
};

const execute = async (words: readonly string[]): Promise<Outcome> => {
  const [name = 'help', ...rest] = words;
  if (name === 'help' || name === '--help') return { text: await overview(), data: {} };
  const load = COMMANDS[name];
  if (load === undefined)
    throw new BackupFailure('usage', 'wrong_usage', `There is no command ${name}.\n${await overview()}`);
  const command = await load();
  const options = parse(rest, command);
  if (options.help === true) return { text: usageOf(name, command), data: {} };
  const write = (line: string): void => console.error(line);
  const signal = signalOfEnd();
  return await command.run(
    {
      settings: readBackupSettings(process.env),
      report: options.json === true ? jsonReport(write) : humanReport(write),
      signal,
      ask: process.stdin.isTTY ? question => askAtTerminal(question, signal) : null,
    },
    options,
  );
};

const failureOf = (error: unknown): BackupFailure => {
  if (error instanceof BackupFailure) return error;
  if (error instanceof Error && error.name === 'InvalidConfiguration')
    return new BackupFailure('configuration', 'invalid_configuration', error.message);
  return new BackupFailure('internal', 'internal', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
};

const words = process.argv.slice(2);
const asJson = words.includes('--json');
try {
  const { text, data, exit = 'done' } = await execute(words);
  console.log(asJson ? JSON.stringify({ outcome: exit, ...data }) : text);
  process.exitCode = EXIT[exit];
} catch (error) {
  const { exit, code, message, cause } = failureOf(error);
  if (asJson) console.log(JSON.stringify({ outcome: 'failed', exit, code, message }));
  else console.error(message);
  if (exit === 'internal') console.error(cause instanceof Error ? cause.stack : cause);
  process.exitCode = EXIT[exit];
}
