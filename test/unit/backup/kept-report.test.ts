import { keptReport } from '../../../scripts/backup/making/kept-report.ts';
import { HeardReport } from '../../support/backups.ts';

test('all is passed on, and the end of it is kept', () => {
  const heard = new HeardReport();
  const report = keptReport(heard);

  for (let nth = 0; nth < 2_000; nth++) report.step('dumping', `step ${nth}`);
  report.warn('odd', 'something is odd');

  expect(heard.steps).toHaveLength(2_000);
  expect(heard.warnings).toHaveLength(1);
  expect(report.log().length).toBeLessThanOrEqual(10_000);
  expect(report.log()).toMatch(/WARNING: something is odd\n$/);
});
