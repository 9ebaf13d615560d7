import {
  beforeName,
  drillName,
  replacedAt,
  restoringName,
  undoneName,
} from '../../../scripts/backup/restoring/database-names.ts';

const AT = new Date('2026-03-29T01:02:03.456Z');

describe('the databases beside ours', () => {
  it('are named after it and the moment', () => {
    expect([restoringName('app'), drillName('app'), beforeName('app', AT), undoneName('app', AT)]).toEqual([
      'app_restoring',
      'app_drill',
      'app_before_20260329010203456',
      'app_undone_20260329010203456',
    ]);
  });

  it.each(['a'.repeat(63), `${'a'.repeat(62)}b`, 'é'.repeat(31), `a${'é'.repeat(31)}`, '日'.repeat(21)])(
    'keep within what Postgres keeps of a name: %s',
    live => {
      for (const name of [restoringName(live), beforeName(live, AT)]) {
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
        expect(name).not.toContain('\uFFFD');
      }
    },
  );

  it('are not the same for two long names that begin alike', () => {
    expect(restoringName(`${'a'.repeat(60)}1`)).not.toBe(restoringName(`${'a'.repeat(60)}2`));
  });

  it.each(['app', 'a'.repeat(63)])('tell when they were replaced, and whose they are: %s', live => {
    const name = beforeName(live, AT);

    expect(replacedAt(live, name)).toEqual(AT);
    expect(replacedAt('other', name)).toBeNull();
    expect(replacedAt(live, live)).toBeNull();
    expect(replacedAt(live, name.replace(/\d{17}$/, '20261399000000000'))).toBeNull();
  });
});
