import type { OptionValues } from '../command.ts';
import type { Choice } from './catalogue.ts';
import { BackupFailure } from '../failure.ts';

/** Options with which a command is told which backup is meant. */
export const CHOICE_OPTIONS = {
  id: { type: 'string', value: 'ID', help: 'this backup; the newest otherwise' },
  before: { type: 'string', value: 'TIME', help: 'the newest from before, like 2026-03-29T04:00:00Z' },
} as const;

const ID = /^\d{8}T\d{6}Z-[a-z0-9]{8}$/;
/** With the zone: what `04:00` means depends on where the machine stands. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** @throws {BackupFailure} `usage` */
export const choiceOf = ({ id, before }: OptionValues): Choice => {
  const refuse = (problem: string): never => {
    throw new BackupFailure('usage', 'wrong_usage', problem);
  };
  if (id !== undefined && before !== undefined) refuse('--id and --before exclude each other.');
  if (typeof id === 'string')
    return ID.test(id) ? { id } : refuse('--id is not like 20260329T040000Z-0a1b2c3d; `list` shows all.');
  if (typeof before !== 'string') return {};
  const time = new Date(before);
  return TIME.test(before) && !Number.isNaN(time.getTime())
    ? { before: time }
    : refuse('--before is not a time with a zone, like 2026-03-29T04:00:00Z or 2026-03-29T06:00:00+02:00.');
};
