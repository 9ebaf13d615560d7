import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { readBackupSettings } from '../../scripts/backup/settings.ts';
import { readConfiguration } from '../../src/configuration.ts';

const text = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const example = parseEnv(text('.env.example').replaceAll(/^# (?=[A-Z0-9_]+=)/gm, ''));

test('.env.example lists every variable that is read, and no other', () => {
  const sources = ['src/configuration.ts', 'scripts/backup/settings.ts'].map(text);
  const read = sources.flatMap(source =>
    [...source.matchAll(/^ {2}([A-Z0-9_]+):/gm)].map(([, name]) => name),
  );

  expect(Object.keys(example).sort()).toEqual([...new Set(read)].sort());
});

test('every value in .env.example is one that the configuration accepts', () => {
  // The keys would have to be there.
  expect(() => readConfiguration({ ...example, SIGNING_KEYS: '' })).not.toThrow();
  expect(() => readBackupSettings({ ...example, BACKUP_AGE_RECIPIENTS: '' })).not.toThrow();
});
