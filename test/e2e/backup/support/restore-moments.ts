import { randomBytes } from 'node:crypto';
import type { Section } from '../../../../scripts/backup/restoring/restore-sections.ts';
import { until } from '../../faults/support/until.ts';
import type { S3Double } from '../../../support/s3-double.ts';
import type { RestoreSite } from './restore-site.ts';

/** Somewhere in a restore, where it is made to wait. */
export interface Moment {
  /** @returns what waits until it is there */
  hold(site: RestoreSite, double: S3Double): Promise<() => Promise<unknown>>;
}

const noted = (site: RestoreSite, mark: string) => () =>
  until('the restore is held', () => site.admin.noted(mark));

/** Has pg_restore stand still with an open transaction instead of restoring this part of the dump. */
const holdSection = async (site: RestoreSite, section: Section): Promise<() => Promise<unknown>> => {
  const { folder } = site.admin;
  const mark = `running-${randomBytes(4).toString('hex')}`;
  await site.admin.useTool(
    'pg_restore',
    `case "$*" in *--section=${section}*) ;; *) exec $REAL/pg_restore "$@"; esac
    echo $$ > ${folder}/pid
    exec psql --no-psqlrc --quiet --command "create table half (word text)" --command "\\! touch ${folder}/${mark}" --command "select pg_sleep(600)"`,
  );
  return noted(site, mark);
};

const scratchOf = ({ name }: RestoreSite): string => `${name}_restoring`;

type MomentName =
  | 'it fetches'
  | 'it restores the rows'
  | 'it compares'
  | 'it makes the indexes'
  | 'it waits for its first rename'
  | 'it is between the two renames';

export const MOMENTS: Readonly<Record<MomentName, Moment>> = {
  'it fetches': {
    hold: (site, double) => {
      // The first is the manifest.
      double.fail({ kind: 'stall' }, { operation: 'GetObject', from: 2 });
      const isComing = async () => (await site.admin.leftovers()).some(name => name.endsWith('.partial'));
      return Promise.resolve(() => until('the archive comes', isComing));
    },
  },
  'it restores the rows': { hold: site => holdSection(site, 'data') },
  'it compares': {
    hold: async site => noted(site, await site.holdComparison()),
  },
  'it makes the indexes': { hold: site => holdSection(site, 'post-data') },
  'it waits for its first rename': {
    hold: async site => {
      await site.superuserIn();
      return () => until('it renames', () => site.isRenaming(site.name));
    },
  },
  'it is between the two renames': {
    hold: async site => {
      const isHeld = noted(site, await site.holdComparison());
      return async () => {
        await isHeld();
        await site.superuserIn(scratchOf(site));
        // Lets the comparison go on.
        await site.asSuperuser(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = $1 and query like '%pg_sleep%' and pid <> pg_backend_pid()`,
          [scratchOf(site)],
        );
        await until('it renames again', () => site.isRenaming(scratchOf(site)));
      };
    },
  },
};
