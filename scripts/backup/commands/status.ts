import type { Command } from '../command.ts';
import type { Findings } from '../health/findings.ts';
import { look } from '../health/findings.ts';
import { judge } from '../health/judgement.ts';
import { openStore } from '../store/open-store.ts';
import { statusData, statusText } from '../health/status-words.ts';

export const status: Command = {
  help: 'Says how old the newest backup is, when a restore was last proven, and whether the store works.',
  options: {
    'no-probe': { type: 'boolean', help: 'stores no tiny object to see whether the store takes one' },
  },
  async run({ settings, report, signal }, options) {
    const store = openStore(settings);
    try {
      const isProbed = options['no-probe'] !== true;
      const findings: Findings = await look(store, settings, isProbed, signal);
      const now = new Date();
      const judgement = judge(findings, settings.maxAgeSeconds, now);
      for (const { code, text } of judgement.warnings) report.warn(code, text);
      return {
        text: statusText(findings, judgement, store.place, now),
        data: statusData(findings, judgement, store.place, now),
        exit: judgement.problems.length === 0 ? 'done' : 'unwell',
      };
    } finally {
      await store.close();
    }
  },
};
