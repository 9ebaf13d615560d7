import type { Comparison } from './measurement.ts';
import type { UploadMemory } from './upload-memory.ts';
import type { Figures } from './summary.ts';

/** What a whole run has found. */
export interface Results {
  readonly comparisons: readonly Comparison[];
  readonly failures: readonly string[];
  readonly idleBytes: number;
  readonly loadBytes: number;
  readonly coldStartSeconds: number;
  /** When uploads were measured. */
  readonly uploadMemory?: UploadMemory;
}

const TARGETS = { uploadMegabytes: 40, idleMegabytes: 150, loadMegabytes: 250, coldStartSeconds: 1.5 };

const megabytes = (bytes: number): number => bytes / 1_000_000;

const verdict = (value: number, target: number): string => (value <= target ? 'ok' : 'over');

const columnsOf = ({ perSecond, p50Ms, p95Ms, p99Ms, cpuMsPerThousand }: Figures): string[] => [
  perSecond.toFixed(0),
  ...[p50Ms, p95Ms, p99Ms].map(value => value.toFixed(1)),
  cpuMsPerThousand.toFixed(0),
];

const rowOf = ({ operation, connections, product, floor, ratio }: Comparison): string[] => [
  operation.title,
  String(connections),
  ...columnsOf(product),
  ...columnsOf(floor),
  ratio.toFixed(2),
  ...(operation.target === null ? ['', ''] : [operation.target.toFixed(1), verdict(ratio, operation.target)]),
];

const FIGURES = ['req/s', 'p50', 'p95', 'p99', 'CPU'];
const HEADINGS = ['operation', 'conn', ...FIGURES, ...FIGURES, 'ratio', 'target', ''];

const aligned = (rows: readonly (readonly string[])[]): string[] => {
  const widths = HEADINGS.map((_heading, at) => Math.max(...rows.map(row => (row[at] ?? '').length)));
  return rows.map(row =>
    row
      .map((text, at) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
};

const wholeProcess = ({ idleBytes, loadBytes, coldStartSeconds, uploadMemory }: Results): string[] => {
  const [idle, load] = [megabytes(idleBytes), megabytes(loadBytes)];
  const { idleMegabytes, loadMegabytes, coldStartSeconds: coldStart } = TARGETS;
  return [
    `resident memory, idle        ${idle.toFixed(0)} MB (target ${idleMegabytes}) ${verdict(idle, idleMegabytes)}`,
    `resident memory, under load  ${load.toFixed(0)} MB (target ${loadMegabytes}) ${verdict(load, loadMegabytes)}`,
    `npm start to first 200       ${coldStartSeconds.toFixed(2)} s (target ${coldStart}) ${verdict(coldStartSeconds, coldStart)}`,
    ...(uploadMemory ? [uploadLine(uploadMemory)] : []),
  ];
};

const uploadLine = ({ grownBytes, helperBytes }: UploadMemory): string => {
  const [grown, helpers] = [megabytes(grownBytes), megabytes(helperBytes)];
  const target = TARGETS.uploadMegabytes;
  return `8 uploads of 10 MB at once    +${grown.toFixed(0)} MB (target ${target}) ${verdict(grown, target)}; their helpers together ${helpers.toFixed(0)} MB`;
};

/** For a person at a terminal. */
export const tableOf = (results: Results): string => {
  const rows = [HEADINGS, ...results.comparisons.map(rowOf)];
  const wrong = results.failures.map(failure => `!! ${failure}`);
  return [
    'First the product, then the floor. Latency in ms, server CPU in ms per 1,000 requests, ratio of the CPU.',
    '',
    ...aligned(rows),
    '',
    ...wholeProcess(results),
    ...(wrong.length === 0 ? [] : ['', '!! WRONG ANSWERS: the figures above mean little.', ...wrong]),
  ].join('\n');
};

/** For a program that keeps results. */
export const jsonOf = (results: Results): string => {
  const operations = results.comparisons.map(({ operation, ...rest }) => ({
    operation: operation.name,
    target: operation.target,
    ...rest,
  }));
  const { failures, coldStartSeconds, idleBytes, loadBytes, uploadMemory } = results;
  const whole = { idleBytes, loadBytes, coldStartSeconds, uploadMemory };
  return `${JSON.stringify({ operations, ...whole, failures }, null, 2)}\n`;
};
