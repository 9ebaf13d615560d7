import { posix } from 'node:path';

/** A file of `src/`; `path` is relative to it. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

type Layer = 'domain' | 'services' | 'data' | 'presentation';

const LAYERS: readonly string[] = ['domain', 'services', 'data', 'presentation'] satisfies Layer[];

/** DESIGN section 1: what a layer may import, of its own context and of `shared`. */
const MAY_IMPORT: Readonly<Record<Layer, readonly Layer[]>> = {
  domain: ['domain'],
  services: ['services', 'domain'],
  data: ['data', 'services', 'domain'],
  presentation: ['presentation', 'services', 'domain'],
};

/** The files that put things together; they stand outside the layers. Everything else belongs into one. */
const ROOT_FILES: readonly string[] = [
  ...['main.ts', 'worker.ts', 'app.ts', 'container.ts', 'configuration.ts', 'environment.ts'],
  ...['construct.ts', 'development-secrets.ts', 'mappings.ts', 'restore-repairs.ts', 'tokens.ts'],
];
const CONTEXT_FILES: readonly string[] = ['module.ts', 'tokens.ts'];

/** Files at the root that layers may know: what is configured, and nothing that is wired. */
const ROOT_FILES_FOR_LAYERS: readonly string[] = ['configuration.ts'];

/** Who may import the files in which everything comes together. Scripts and tests may too; they are not in `src/`. */
const IMPORTERS_OF_WIRING: Readonly<Record<string, RegExp>> = {
  'container.ts': /^(main|worker)\.ts$/,
  'app.ts': /^container\.ts$/,
  'main.ts': /^$/,
  'worker.ts': /^$/,
  'module.ts': /^container\.ts$/,
};

const DATA = /^[^/]+\/data\//;
const DATA_AND_WIRING = /^[^/]+\/data\/|^container\.ts$/;
const PRESENTATION_AND_APP = /^[^/]+\/presentation\/|^(app|tokens)\.ts$/;
const WIRING = /^(container|construct|app|tokens)\.ts$|^[^/]+\/(module|tokens)\.ts$/;
const OUTER_LAYERS = /^[^/]+\/(data|presentation)\//;

/** Which files may import which packages. A package that is not here belongs nowhere yet: say where. */
const PACKAGES: readonly (readonly [name: RegExp, importers: RegExp])[] = [
  [/^(@mikro-orm\/.+|pg|redis)$/, DATA_AND_WIRING],
  [/^(jsonwebtoken|nodemailer|@node-rs\/argon2|rate-limiter-flexible)$/, DATA],
  [/^@zxcvbn-ts\//, DATA],
  [/^(markdown-it|highlight\.js|sanitize-html|any-ascii|sharp)$/, DATA],
  [/^(@mdit|@aws-sdk)\//, DATA],
  [/^(express|cors|helmet|cookie-parser|proxy-addr|zod-openapi)$/, PRESENTATION_AND_APP],
  [/^(pino|bowser|swagger-ui-dist)$/, PRESENTATION_AND_APP],
  [/^(@fastify\/busboy|feed)$/, PRESENTATION_AND_APP],
  // Requests, the environment, and files that somebody else may have written.
  [/^zod$/, /^[^/]+\/presentation\/|^app\.ts$|^(configuration|environment)\.ts$|^shared\/data\/mailbox\.ts$/],
  [/^inversify$/, WIRING],
  [/^(lru-cache|ipaddr\.js)$/, OUTER_LAYERS],
  [/^prom-client$/, /^[^/]+\/(data|presentation)\/|^(container|app|tokens)\.ts$|^[^/]+\/module\.ts$/],
];

/** Services are free of I/O; they only make ids. */
const NODE_MODULES_FOR_SERVICES: readonly string[] = ['node:crypto'];

export type Rule =
  | 'a file belongs to a layer of a context or is a known file of the wiring'
  | 'a layer imports only the layers below it'
  | 'a context imports nothing of another context'
  | 'only the wiring knows the wiring'
  | 'the domain imports no package and nothing of node'
  | 'services import no package and do no I/O'
  | 'a package is imported only where it belongs'
  | 'an import names a file that exists'
  | 'nothing is exported as default'
  | 'no file only passes on the exports of others'
  | 'no import leads back to where it began';

export interface Violation {
  readonly rule: Rule;
  readonly path: string;
  readonly detail: string;
}

/** Everything in `sources`, taken as the whole of `src/`, that breaks a rule. */
export const violationsIn = (sources: readonly Source[]): readonly Violation[] => {
  const paths = new Set(sources.map(source => source.path));
  return [
    ...sources.flatMap(source => [...ofPlace(source.path), ...ofText(source)]),
    ...sources.flatMap(source => importsOf(source).flatMap(name => ofImport(source.path, name, paths))),
    ...cyclesIn(sources),
  ];
};

/** Statements and calls that import, types included; comments do not count. */
const importsOf = ({ text }: Source): readonly string[] => {
  const code = withoutComments(text);
  const found = [
    ...code.matchAll(/^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*(['"])(.+?)\1/gm),
    ...code.matchAll(/^\s*import\s*(['"])(.+?)\1/gm),
    ...code.matchAll(/\bimport\s*\(\s*(['"`])(.+?)\1/g),
  ];
  return [...new Set(found.map(match => match[2] ?? ''))];
};

// A slash pair inside a string is followed by no line break before the string ends, as in a URL; it stays.
const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');

const isRelative = (name: string): boolean => name.startsWith('.');

interface Place {
  readonly context: string | null;
  readonly layer: Layer | null;
}

const placeOf = (path: string): Place => {
  const [context = '', layer = '', ...below] = path.split('/');
  if (layer === '') return { context: null, layer: null };
  return { context, layer: below.length > 0 && LAYERS.includes(layer) ? (layer as Layer) : null };
};

const ofPlace = (path: string): readonly Violation[] => {
  const { context, layer } = placeOf(path);
  const isKnown =
    context === null
      ? ROOT_FILES.includes(path)
      : layer !== null || (context !== 'shared' && CONTEXT_FILES.includes(path.slice(context.length + 1)));
  if (isKnown) return [];
  const rule = 'a file belongs to a layer of a context or is a known file of the wiring';
  return [{ rule, path, detail: path }];
};

const ofText = ({ path, text }: Source): readonly Violation[] => {
  const code = withoutComments(text);
  const found: Violation[] = [];
  if (/\bexport\s+default\b|\bas\s+default\b/.test(code))
    found.push({ rule: 'nothing is exported as default', path, detail: 'export default' });
  const isBarrel =
    /(^|\/)index\.ts$/.test(path) ||
    /\bexport\s+(type\s+)?\*/.test(code) ||
    (/\bexport\b/.test(code) && code.replaceAll(/\bexport\s[^;]*?\bfrom\s*(['"]).+?\1;?/g, '').trim() === '');
  if (isBarrel) found.push({ rule: 'no file only passes on the exports of others', path, detail: path });
  return found;
};

const ofImport = (path: string, name: string, paths: ReadonlySet<string>): readonly Violation[] => {
  const broken = isRelative(name)
    ? brokenByFile(path, posix.join(posix.dirname(path), name), paths)
    : brokenByPackage(path, name);
  return broken ? [{ rule: broken, path, detail: name }] : [];
};

const brokenByFile = (path: string, target: string, paths: ReadonlySet<string>): Rule | null => {
  if (!paths.has(target)) return 'an import names a file that exists';
  const from = placeOf(path);
  const to = placeOf(target);
  const importers = IMPORTERS_OF_WIRING[to.context === null ? target : posix.basename(target)];
  if (to.layer === null && importers) return importers.test(path) ? null : 'only the wiring knows the wiring';
  if (from.context !== null && to.context !== null && to.context !== from.context && to.context !== 'shared')
    return 'a context imports nothing of another context';
  if (from.layer === null) return null;
  if (to.layer === null)
    return ROOT_FILES_FOR_LAYERS.includes(target) ? null : 'only the wiring knows the wiring';
  return MAY_IMPORT[from.layer].includes(to.layer) ? null : 'a layer imports only the layers below it';
};

const brokenByPackage = (path: string, name: string): Rule | null => {
  const { layer } = placeOf(path);
  if (layer === 'domain') return 'the domain imports no package and nothing of node';
  const isOfNode = name.startsWith('node:');
  if (layer === 'services')
    return NODE_MODULES_FOR_SERVICES.includes(name) ? null : 'services import no package and do no I/O';
  if (isOfNode) return null;
  const packageName = name.split('/', name.startsWith('@') ? 2 : 1).join('/');
  const [, importers] = PACKAGES.find(([known]) => known.test(packageName) || known.test(name)) ?? [];
  return importers?.test(path) ? null : 'a package is imported only where it belongs';
};

// Imports of types alone are no exception: a cycle is about what can be understood, not about what runs.
const cyclesIn = (sources: readonly Source[]): readonly Violation[] => {
  const targets = new Map(
    sources.map(source => [
      source.path,
      importsOf(source)
        .filter(isRelative)
        .map(name => posix.join(posix.dirname(source.path), name)),
    ]),
  );
  const done = new Set<string>();
  const found: Violation[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path);
    if (start >= 0) {
      const detail = [...way.slice(start), path].join(' -> ');
      found.push({ rule: 'no import leads back to where it began', path, detail });
      return;
    }
    if (done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const path of targets.keys()) visit(path, []);
  return found;
};
