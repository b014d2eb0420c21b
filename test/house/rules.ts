import type { SourceFile } from './scan.ts';

/** Folders that decide and never do: no input or output, no clock, no randomness. */
export const PURE = ['model', 'analysis', 'plan', 'binlog', 'dialect', 'legacy'] as const;
/** Folders that only compose.ts knows, and loads when needed. */
export const ADAPTERS = ['mysql', 'store', 'leadership', 'outlet', 'metadata', 'http'] as const;

const ENGINE_PORTS = 'engine/ports';

/** Who may import whom (ARCHITECTURE.md); each may import itself. config speaks the words of the model. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  model: [],
  dialect: ['model'],
  binlog: ['model'],
  analysis: ['model'],
  plan: ['model', 'analysis'],
  legacy: ['model', 'analysis', 'plan'],
  engine: PURE,
  mysql: [...PURE, ENGINE_PORTS],
  store: [...PURE, ENGINE_PORTS],
  leadership: [...PURE, ENGINE_PORTS],
  outlet: [...PURE, ENGINE_PORTS],
  metadata: [...PURE, ENGINE_PORTS],
  http: [...PURE, 'engine'],
  cli: [...PURE, 'engine'],
  config: ['model'],
  compose: [...PURE, ...ADAPTERS, 'engine', 'cli', 'config'],
  main: ['model', 'config', 'cli', 'compose'],
  client: ['model', 'legacy', 'cli'],
};

export const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path) || path.includes('/testing/');

/** `src/store/sqlite/open.ts` → `store`; `src/compose.ts` → `compose`; null outside src. */
export function layerOf(path: string): string | null {
  return /^src\/([^/]+?)(?:\.tsx?)?(?:\/|$)/.exec(path)?.[1] ?? null;
}

const isPortsFile = (path: string): boolean => /^src\/engine\/ports(?:\.ts|\/)/.test(path);

/** Breaches of the dependency rule, one sentence each. */
export function layerBreaches(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => !isTest(path))
    .flatMap((file) => {
      const layer = layerOf(file.path) ?? '';
      const allowed = ALLOWED[layer];
      if (allowed === undefined) return [`${file.path}: "${layer}" is no part of the house; see ARCHITECTURE.md`];
      return file.imports.flatMap(({ target, isRelative, specifier }) => {
        if (!isRelative) return [];
        const other = layerOf(target);
        if (other === null) return [`${file.path} imports ${specifier}, which is outside src`];
        if (isTest(target)) return [`${file.path} imports ${specifier}, which is for tests`];
        if (other === layer || allowed.includes(other)) return [];
        if (allowed.includes(ENGINE_PORTS) && isPortsFile(target)) return [];
        return [`${file.path} imports ${specifier}: ${layer} may import ${allowed.join(', ') || 'nothing'}`];
      });
    });
}

/** What has no place in a pure folder, with the reason. */
const IMPURE: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b/, 'Date.now'],
  [/\bnew Date\s*\(\s*\)/, 'new Date()'],
  [/(?<![.\w]|new\s)Date\s*\(\s*\)/, 'Date()'],
  [/\bMath\.random\b/, 'Math.random'],
  [/\bperformance\.now\b/, 'performance.now'],
  [/(?<![.\w'])process\.\w/, 'process'],
  [/\b(?:crypto|globalThis)\.\w/, 'crypto or globalThis'],
  [/(?<![.\w])(?:setTimeout|setInterval|setImmediate|queueMicrotask|fetch)\s*\(/, 'timers or fetch'],
  [/(?<![.\w])console\.\w/, 'console'],
  [/(?<![.\w])Buffer\.\w/, 'Buffer'],
];

/** Packages and node: modules imported, and clocks, randomness, or input and output used, in a pure folder. */
export function purityBreaches(files: readonly SourceFile[]): string[] {
  const pure = files.filter(({ path }) => PURE.some((folder) => folder === layerOf(path)) && !isTest(path));
  return pure.flatMap(({ path, imports, code }) => [
    ...imports.filter(({ isRelative }) => !isRelative).map(({ specifier }) => `${path} imports ${specifier}`),
    ...IMPURE.filter(([pattern]) => pattern.test(code)).map(([, name]) => `${path} uses ${name}`),
  ]);
}

/** The first import cycle through each file, as `a → b → a`. Types count: what cannot be read alone is one thing. */
export function importCycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      return;
    }
    state.set(path, 'open');
    for (const { target, isRelative, isDynamic } of byPath.get(path)?.imports ?? []) {
      if (isRelative && !isDynamic && byPath.has(target)) visit(target, [...trail, path]);
    }
    state.set(path, 'done');
  };
  for (const { path } of files) visit(path, []);
  return cycles;
}

/** Adapters that compose.ts loads at the start instead of when they are needed. */
export function eagerAdapters(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => layerOf(path) === 'compose' && !isTest(path))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ target, isRelative, isDynamic, isTypeOnly }) => {
          const isAdapter = isRelative && ADAPTERS.some((folder) => folder === layerOf(target));
          return isAdapter && !isDynamic && !isTypeOnly;
        })
        .map(({ specifier }) => `${path} imports ${specifier} at the start; load it with import()`),
    );
}

/** The web knows the server's contract, and of it only types. */
export function webBreaches(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, imports }) =>
    imports
      .filter(({ isRelative, target }) => isRelative && target.startsWith('src/'))
      .filter(({ target, isTypeOnly }) => !target.startsWith('src/http/contract/') || !isTypeOnly)
      .map(({ specifier }) => `${path} imports ${specifier}: web may import types of src/http/contract only`),
  );
}
