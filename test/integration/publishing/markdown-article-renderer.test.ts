import { execFileSync } from 'node:child_process';
import { MarkdownArticleRenderer } from '../../../src/publishing/data/markdown-article-renderer.ts';
import { BodyTooComplex } from '../../../src/publishing/domain/errors.ts';
import { Unavailable } from '../../../src/shared/domain/domain-error.ts';
import { until } from '../../e2e/faults/support/until.ts';
import { dangersIn } from '../../support/safe-html.ts';

// Takes about half a minute where nobody stops it: each closing tag looks through all that are open.
const ENDLESS = '<b>'.repeat(166_000);

let deaths: string[];
let renderer: MarkdownArticleRenderer;

const startRenderer = (): void => {
  deaths = [];
  renderer = new MarkdownArticleRenderer({
    origins: ['https://day.example'],
    onDeath: reason => deaths.push(reason),
  });
};

/** The processes that render for this one. */
const helpers = (): number[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map(line => /^ *(\d+) +(\d+) .*render-program/.exec(line))
    .filter(match => Number(match?.[2]) === process.pid)
    .map(match => Number(match?.[1]));

const cpuSeconds = (pid: number): number => {
  const [minutes = 0, seconds = 0] = execFileSync('ps', ['-o', 'time=', '-p', String(pid)], {
    encoding: 'utf8',
  })
    .trim()
    .split(':')
    .slice(-2)
    .map(Number);
  return minutes * 60 + seconds;
};

describe('a renderer', () => {
  beforeEach(startRenderer);
  afterEach(() => renderer.close());

  test('a text is rendered in another process, with all that belongs to it', async () => {
    expect(await renderer.render('# A *b*\n\nText [link](https://a.example).')).toEqual({
      html:
        '<h1 id="h-a-b">A <em>b</em></h1>\n' +
        '<p>Text <a href="https://a.example" rel="noopener noreferrer">link</a>.</p>\n',
      tableOfContents: [{ id: 'h-a-b', level: 1, title: 'A b', children: [] }],
      readingMinutes: 1,
      rendererVersion: renderer.version,
    });
    expect(helpers()).toHaveLength(1);
  });

  test('many at once are all rendered, by two processes', async () => {
    const texts = Array.from({ length: 10 }, (_, number) => `# Number ${number}\n\n${'word '.repeat(2_000)}`);

    const renderings = await Promise.all(texts.map(text => renderer.render(text)));

    expect(renderings.map(({ tableOfContents }) => tableOfContents[0]?.title)).toEqual(
      texts.map((_, number) => `Number ${number}`),
    );
    expect(helpers()).toHaveLength(2);
  });

  test('a text that takes too long is refused, holds up nobody, and the next one is rendered', async () => {
    const slow = renderer.render(ENDLESS).catch((error: unknown) => error);
    const began = performance.now();

    await renderer.render('meanwhile');

    expect(performance.now() - began).toBeLessThan(4_000);
    expect(await slow).toBeInstanceOf(BodyTooComplex);
    expect((await renderer.render('after')).html).toBe('<p>after</p>\n');
    expect(deaths).toHaveLength(1);
  });

  test("a text that fills the heap is refused; a process that somebody kills is nobody's fault", async () => {
    for (const [signal, refusal] of [
      ['SIGABRT', BodyTooComplex],
      ['SIGKILL', Unavailable],
    ] as const) {
      const failing = renderer.render(ENDLESS).catch((error: unknown) => error);
      const [pid = 0] = await until('a process renders', () => (helpers().length > 0 ? helpers() : null));
      // A signal before the program is loaded would say nothing about the text.
      await until('it is at work', () => cpuSeconds(pid) > 1);

      process.kill(pid, signal);

      expect(await failing).toBeInstanceOf(refusal);
    }
    expect((await renderer.render('after')).html).toBe('<p>after</p>\n');
  });
});

describe('every text ends', () => {
  beforeAll(startRenderer);
  afterAll(() => renderer.close());

  /** Bad inputs of the longest kind, each built to make one part of the work explode. */
  test.each([
    ['nested brackets', '['],
    ['nested images', '!['],
    ['emphasis', 'a**b'],
    ['code spans', '`a``b```c````d'],
    ['open tags', '<a '],
    ['nested elements', '<div>'],
    ['quotations', '> '],
    ['lists', '- '],
    ['nested notes', '^['],
    ['notes', '^[a] '],
    ['mentions', '[^a]: x\n\n[^a][^a]'],
    ['headings', '# a\n'],
    ['definitions', '[a]: b\n'],
    ['addresses', 'www.'],
    ['columns', '|a'],
    ['comments', 'a <!-- '],
  ])('half a million characters of %s end, one way or the other', async (_name, part) => {
    const text = part.repeat(Math.ceil(500_000 / part.length)).slice(0, 500_000);

    const result = await renderer.render(text).catch((error: unknown) => error);

    if (result instanceof Error) expect(result).toBeInstanceOf(BodyTooComplex);
    else expect(dangersIn((result as { html: string }).html.slice(0, 20_000))).toEqual([]);
  });

  test('a table with very many columns and rows ends', async () => {
    const text = `|${'a|'.repeat(2_000)}\n|${'-|'.repeat(2_000)}\n${'|\n'.repeat(240_000)}`;

    const result = await renderer.render(text).catch((error: unknown) => error);

    if (result instanceof Error) expect(result).toBeInstanceOf(BodyTooComplex);
    else expect((result as { html: string }).html.length).toBeLessThan(3_000_000);
  });
});
