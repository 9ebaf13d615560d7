import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Rule, type Source, violationsIn } from './import-rules.ts';

const src = join(import.meta.dirname, '../../src');

const realSources = (): readonly Source[] =>
  readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts'))
    .map(path => ({ path, text: readFileSync(join(src, path), 'utf8') }));

// A small product that keeps every rule; each planted file is added to it.
const tidy: readonly Source[] = [
  { path: 'shared/domain/clock.ts', text: 'export interface Clock {}' },
  { path: 'shared/services/mailer.ts', text: "import type { Clock } from '../domain/clock.ts';" },
  { path: 'shared/data/orm.ts', text: "import { MikroORM } from '@mikro-orm/postgresql';" },
  { path: 'shared/presentation/route.ts', text: "import type { Request } from 'express';" },
  { path: 'goals/domain/habit.ts', text: "import type { Clock } from '../../shared/domain/clock.ts';" },
  {
    path: 'goals/services/habit-service.ts',
    text: "import { Habit } from '../domain/habit.ts';\nimport { randomUUID } from 'node:crypto';",
  },
  {
    path: 'goals/data/habit.mapping.ts',
    text: "import { p } from '@mikro-orm/core';\nimport { Habit } from '../domain/habit.ts';",
  },
  {
    path: 'goals/presentation/habit-controller.ts',
    text: "import { z } from 'zod';\nimport { HabitService } from '../services/habit-service.ts';",
  },
  {
    path: 'goals/module.ts',
    text: "import { ContainerModule } from 'inversify';\nimport { CLOCK } from '../tokens.ts';",
  },
  { path: 'journeys/domain/journey.ts', text: '// import { Habit } from "../../goals/domain/habit.ts";' },
  { path: 'journeys/services/journey-service.ts', text: "import '../domain/journey.ts';" },
  {
    path: 'journeys/data/journey.mapping.ts',
    text: 'export const text = `https://example.org/x select 1 from "goals"`;',
  },
  { path: 'tokens.ts', text: "import type { ServiceIdentifier } from 'inversify';" },
  { path: 'configuration.ts', text: "import { z } from 'zod';" },
  { path: 'app.ts', text: "import express from 'express';" },
  {
    path: 'container.ts',
    text: "import { goals } from './goals/module.ts';\nimport { createApp } from './app.ts';",
  },
  { path: 'main.ts', text: "import { build } from './container.ts';" },
];

// Each rule, and files that break it and no other.
const planted: Readonly<Record<Rule, readonly Source[]>> = {
  'a file belongs to a layer of a context or is a known file of the wiring': [
    { path: 'helpers.ts', text: '' },
    { path: 'goals/utils/strings.ts', text: '' },
    { path: 'goals/helpers.ts', text: '' },
    { path: 'shared/module.ts', text: '' },
  ],
  'a layer imports only the layers below it': [
    { path: 'goals/domain/a.ts', text: "import '../services/habit-service.ts';" },
    { path: 'goals/domain/b.ts', text: "import type { M } from '../data/habit.mapping.ts';" },
    { path: 'goals/domain/c.ts', text: "import type { Mailer } from '../../shared/services/mailer.ts';" },
    { path: 'goals/services/d.ts', text: "import { M } from '../data/habit.mapping.ts';" },
    { path: 'goals/services/e.ts', text: "import { C } from '../presentation/habit-controller.ts';" },
    { path: 'goals/services/f.ts', text: "import { orm } from '../../shared/data/orm.ts';" },
    { path: 'goals/data/g.ts', text: "import { C } from '../presentation/habit-controller.ts';" },
    { path: 'goals/presentation/h.ts', text: "export { M } from '../data/habit.mapping.ts';\nlet x;" },
    { path: 'goals/presentation/i.ts', text: "const m = await import('../data/habit.mapping.ts');" },
    { path: 'shared/domain/j.ts', text: 'import {\n  Mailer,\n} from "../services/mailer.ts";' },
    { path: 'shared/services/k.ts', text: "import '../presentation/route.ts';" },
  ],
  'a context imports nothing of another context': [
    { path: 'goals/domain/l.ts', text: "import { Journey } from '../../journeys/domain/journey.ts';" },
    { path: 'goals/data/m.ts', text: "import { J } from '../../journeys/data/journey.mapping.ts';" },
    { path: 'goals/services/n.ts', text: "import '../../journeys/services/journey-service.ts';" },
    { path: 'shared/services/o.ts', text: "import { Habit } from '../../goals/domain/habit.ts';" },
  ],
  'only the wiring knows the wiring': [
    { path: 'goals/services/p.ts', text: "import { build } from '../../container.ts';" },
    { path: 'goals/presentation/q.ts', text: "import { goals } from '../module.ts';" },
    { path: 'goals/services/r.ts', text: "import { CLOCK } from '../../tokens.ts';" },
    { path: 'journeys/module.ts', text: "import { goals } from '../goals/module.ts';" },
    { path: 'worker.ts', text: "import './main.ts';" },
    { path: 'shared/presentation/s.ts', text: "import { createApp } from '../../app.ts';" },
  ],
  'the domain imports no package and nothing of node': [
    { path: 'goals/domain/t.ts', text: "import { randomUUID } from 'node:crypto';" },
    { path: 'goals/domain/u.ts', text: "import { z } from 'zod';" },
    { path: 'shared/domain/v.ts', text: "import type { Opt } from '@mikro-orm/core';" },
  ],
  'services import no package and do no I/O': [
    { path: 'goals/services/w.ts', text: "import { readFile } from 'node:fs/promises';" },
    { path: 'goals/services/x.ts', text: "import { z } from 'zod';" },
    { path: 'shared/services/y.ts', text: "import type { Logger } from 'pino';" },
  ],
  'a package is imported only where it belongs': [
    ...['@mikro-orm/core', 'pg', 'redis', 'jsonwebtoken', 'nodemailer', '@node-rs/argon2', 'inversify'].map(
      (name, index) => ({ path: `goals/presentation/package-${index}.ts`, text: `import x from '${name}';` }),
    ),
    ...['express', 'zod', 'cors', 'helmet', 'cookie-parser', 'inversify', 'swagger-ui-dist/x.js'].map(
      (name, index) => ({ path: `goals/data/package-${index}.ts`, text: `import x from '${name}';` }),
    ),
    { path: 'goals/tokens.ts', text: "import express from 'express';" },
    { path: 'development-secrets.ts', text: "import { Container } from 'inversify';" },
    { path: 'mappings.ts', text: "import lodash from 'lodash';" },
  ],
  'an import names a file that exists': [
    { path: 'goals/services/z.ts', text: "import { Habit } from '../domain/habit';" },
    { path: 'goals/data/aa.ts', text: "import { Habit } from '../domain/habits.ts';" },
  ],
  'nothing is exported as default': [
    { path: 'goals/domain/ab.ts', text: 'export default class Streak {}' },
    { path: 'goals/domain/ac.ts', text: 'const streak = 1;\nexport { streak as default };' },
  ],
  'no file only passes on the exports of others': [
    { path: 'goals/domain/index.ts', text: 'export const streak = 1;' },
    { path: 'goals/domain/ad.ts', text: "export * from './habit.ts';" },
    {
      path: 'goals/domain/ae.ts',
      text: "export { Habit } from './habit.ts';\nexport type { C } from './habit.ts';",
    },
  ],
  'no import leads back to where it began': [
    { path: 'goals/domain/af.ts', text: "import type { Ag } from './ag.ts';" },
    { path: 'goals/domain/ag.ts', text: "import { Ah } from './ah.ts';" },
    { path: 'goals/domain/ah.ts', text: "import { Af } from './af.ts';" },
  ],
};

test('the product keeps every rule', () => {
  expect(violationsIn(realSources())).toEqual([]);
});

test('the whole of the product is looked at', () => {
  expect(realSources().length).toBeGreaterThan(100);
});

test('what keeps every rule is not reported', () => {
  expect(violationsIn(tidy)).toEqual([]);
});

describe('it is reported when', () => {
  const cases = Object.entries(planted).flatMap(([rule, sources]) =>
    rule === 'no import leads back to where it began'
      ? [{ rule, path: sources[0]!.path, added: sources }]
      : sources.map(source => ({ rule, path: source.path, added: [source] })),
  );

  test.each(cases)('$path breaks the rule: $rule', ({ rule, path, added }) => {
    const others = tidy.filter(source => !added.some(each => each.path === source.path));

    expect(violationsIn([...others, ...added])).toEqual([expect.objectContaining({ rule, path })]);
  });
});
