import { describe, expect, it } from 'vitest';
import { eagerAdapters, importCycles, layerBreaches, purityBreaches, webBreaches } from './rules.ts';
import { importsOf, type SourceFile, strip } from './scan.ts';

const file = (path: string, text: string): SourceFile => ({
  path,
  lines: text.split('\n').length,
  code: strip(text, false),
  imports: importsOf(path, text),
});

describe('reading imports', () => {
  const read = (text: string) =>
    importsOf('src/engine/x.ts', text).map(({ target, isDynamic, isTypeOnly }) => [
      target,
      isDynamic ? 'dynamic' : isTypeOnly ? 'type' : 'value',
    ]);

  it.each([
    ["import { a } from './a.ts';", [['src/engine/a.ts', 'value']]],
    ["import {\n  a,\n  type B,\n} from '../model/a.ts';", [['src/model/a.ts', 'value']]],
    ["import { type A, type B } from './a.ts';", [['src/engine/a.ts', 'type']]],
    ["import type { A } from './a.ts'", [['src/engine/a.ts', 'type']]],
    ["import a, { type B } from './a.ts';", [['src/engine/a.ts', 'value']]],
    [
      "import * as a from './a.ts';\nimport './b.ts';",
      [
        ['src/engine/a.ts', 'value'],
        ['src/engine/b.ts', 'value'],
      ],
    ],
    [
      "export * from './a.ts';\nexport { b } from './b.ts';",
      [
        ['src/engine/a.ts', 'value'],
        ['src/engine/b.ts', 'value'],
      ],
    ],
    ["const a = await import('./a.ts');", [['src/engine/a.ts', 'dynamic']]],
    ["import fs from 'node:fs';", [['node:fs', 'value']]],
    ["// import { a } from './a.ts';\n/* import './b.ts' */", []],
    ["export const a = 'from';\nexport const b = './a.ts';", []],
    ['const text = "import x from y";', []],
    ["const quote = /['\"`]/;\nimport { a } from './a.ts';", [['src/engine/a.ts', 'value']]],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template inside the text that is read
    ["const nested = `${`inner ${1}`} // no comment`;\nimport { a } from './a.ts';", [['src/engine/a.ts', 'value']]],
  ])('%j', (text, imports) => expect(read(text)).toEqual(imports));

  it('blanks comments and strings, not code', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template inside the text that is read
    const code = strip("const a = 'Date.now'; // Date.now\nconst b = `x ${Date.now()} y`;", false);
    expect(code.match(/Date\.now/g)).toHaveLength(1);
    expect(code.split('\n')).toHaveLength(2);
  });
});

describe('the rules catch', () => {
  it.each([
    ['src/model/a.ts', "import '../plan/b.ts';", 'model may import nothing'],
    ['src/analysis/a.ts', "import type { B } from '../plan/b.ts';", 'analysis may import model'],
    ['src/store/a.ts', "import '../engine/fleet.ts';", 'store may import'],
    ['src/store/a.ts', "import '../mysql/a.ts';", 'store may import'],
    ['src/http/a.ts', "await import('../store/a.ts');", 'http may import'],
    ['src/config/a.ts', "import '../plan/a.ts';", 'config may import model'],
    ['src/attic/a.ts', '', '"attic" is no part of the house'],
    ['src/model/a.ts', "import './testing/instances.ts';", 'is for tests'],
    ['src/cli/a.ts', "import '../../lab/main.ts';", 'outside src'],
  ])('%s: %s', (path, text, breach) => {
    expect(layerBreaches([file(path, text)])).toEqual([expect.stringContaining(breach)]);
  });

  it.each([
    ['src/store/a.ts', "import type { Store } from '../engine/ports.ts';"],
    ['src/config/a.ts', "import '../model/secret.ts';"],
    ['src/compose.ts', "await import('./store/a.ts'); import { x } from './engine/y.ts';"],
    ['src/main.ts', "import './compose.ts';"],
    ['src/model/a.test.ts', "import '../store/a.ts'; import './testing/instances.ts';"],
    ['src/engine/a.ts', "import 'pino';"],
  ])('and let pass %s: %s', (path, text) => expect(layerBreaches([file(path, text)])).toEqual([]));

  it.each([
    "import fs from 'node:fs';",
    "import { z } from 'zod';",
    'const now = Date.now();',
    'const now = new Date();',
    'const luck = Math.random();',
    'const home = process.env.HOME;',
    'setTimeout(() => {}, 1);',
    'console.log(1);',
  ])('impure: %s', (text) => expect(purityBreaches([file('src/plan/a.ts', text)])).toHaveLength(1));

  it('and let pass what only looks impure', () => {
    const text = "// Date.now()\nconst at = new Date(1); run.process.start(); const text = 'process.env';";
    expect(purityBreaches([file('src/plan/a.ts', text), file('src/store/a.ts', 'Date.now()')])).toEqual([]);
  });

  it('cycles, types included, dynamic imports not', () => {
    const a = file('src/engine/a.ts', "import './b.ts';");
    const b = file('src/engine/b.ts', "import type { C } from './c.ts';");
    expect(importCycles([a, b, file('src/engine/c.ts', "import './a.ts';")])).toEqual([
      'src/engine/a.ts → src/engine/b.ts → src/engine/c.ts → src/engine/a.ts',
    ]);
    expect(importCycles([a, b, file('src/engine/c.ts', "await import('./a.ts');")])).toEqual([]);
  });

  it('adapters loaded at the start', () => {
    const text =
      "import { a } from './store/a.ts';\nimport type { B } from './store/b.ts';\nawait import('./http/c.ts');";
    expect(eagerAdapters([file('src/compose.ts', text)])).toEqual([expect.stringContaining('./store/a.ts')]);
  });

  it('a web that knows too much', () => {
    const text =
      "import type { A } from '../../src/http/contract/a.ts';\nimport { b } from '../../src/http/contract/b.ts';\nimport type { C } from '../../src/model/c.ts';";
    expect(webBreaches([file('web/src/a.ts', text)])).toHaveLength(2);
  });
});
