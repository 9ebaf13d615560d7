import { type Catalogue, manifestsIn } from '../reading/catalogue.ts';
import type { Command, Outcome } from '../command.ts';
import type { Manifest } from '../manifest.ts';
import { openStore } from '../store/open-store.ts';
import { ageInWords, columns, sizeInWords } from '../words.ts';

export const list: Command = {
  help: 'Lists the backups in the store, the newest first.',
  options: {},
  async run({ settings, report, signal }) {
    const store = openStore(settings);
    try {
      report.step('listing', `Looking into ${store.place}`);
      const catalogue = await manifestsIn(store, settings.prefix, signal);
      return outcomeOf(catalogue, store.place, new Date());
    } finally {
      await store.close();
    }
  },
};

const outcomeOf = ({ manifests, broken }: Catalogue, place: string, now: Date): Outcome => {
  const problems = broken.map(({ problem }) => `UNUSABLE  ${problem}`);
  const table =
    manifests.length === 0
      ? `There is no backup in ${place}.`
      : columns([HEADINGS, ...manifests.map(each => rowOf(each, now))]);
  return {
    text: [table, ...problems].join('\n'),
    data: {
      store: place,
      backups: manifests.map(manifest => describe(manifest, now)),
      broken: broken.map(({ key, problem }) => ({ key, problem })),
    },
  };
};

const HEADINGS = ['ID', 'KIND', 'AGE', 'SIZE', 'ROWS', 'ENCRYPTED', 'POSTGRES'];

const rowOf = (manifest: Manifest, now: Date): readonly string[] => [
  manifest.id,
  manifest.kind,
  ageInWords(new Date(manifest.snapshot_at), now),
  sizeInWords(manifest.archive.bytes),
  String(rowsIn(manifest)),
  manifest.archive.encrypted ? 'yes' : 'no',
  versionOf(manifest),
];

/** A backup as machines are told of it. */
export const describe = (manifest: Manifest, now: Date): Readonly<Record<string, unknown>> => ({
  id: manifest.id,
  kind: manifest.kind,
  snapshot_at: manifest.snapshot_at,
  age_seconds: Math.floor((now.getTime() - Date.parse(manifest.snapshot_at)) / 1_000),
  bytes: manifest.archive.bytes,
  dump_bytes: manifest.archive.dump_bytes,
  rows: rowsIn(manifest),
  encrypted: manifest.archive.encrypted,
  database: manifest.database.name,
  postgres: versionOf(manifest),
  source_revision: manifest.source_revision,
});

export const rowsIn = ({ inventory }: Manifest): number =>
  inventory.tables.reduce((sum, { rows }) => sum + rows, 0);

/** 180004 is 18.4. */
const versionOf = ({ database: { server_version } }: Manifest): string =>
  `${Math.floor(server_version / 10_000)}.${server_version % 10_000}`;
