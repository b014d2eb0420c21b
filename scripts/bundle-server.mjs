#!/usr/bin/env node
/**
 * Bundles the server: dist/main.js and dist/client.js, dist/v2-client.mjs (the library "orchestrator/client"), and dist/chunks/ for what
 * they share and what is imported on demand.
 * A single command mostly waits for its modules; six hundred files take more than twice as long to load as two dozen. For the same reason
 * the programs are CommonJS: Node starts its other loader, and what that needs, only for ES modules.
 * Packages stay outside, so that their updates reach an installed program. Types are checked elsewhere (tsc).
 */
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { ROOT } from './setup.mjs';

const OUT = join(ROOT, 'dist');

/** Made by other steps of the build. */
const OTHERS = ['web', 'types'];

/** What only a serving program needs, and every single command would wait for. */
const TOO_SLOW_FOR_COMMANDS = ['zod', 'hono', 'prom-client', '@hono/node-server'];

/** What plans, recovers and speaks to servers: a command that only reads would wait for it in vain. */
const NOT_FOR_READING = [
  /\/src\/(?:plan|binlog|mysql|http)\//,
  /\/src\/engine\/(?:detection|executor|fence|kv|operations|orchestrator|pseudo-gtid|readiness|recovery|takeover)\b/,
  /^node:(?:child_process|crypto|dns|http|https|net|tls)\b/,
];

/** Where a command that only reads begins, and what it imports on demand, on SQLite. */
const READING = [
  'src/main.ts',
  'src/outlet/log-level.ts',
  'src/outlet/deferred-logger.ts',
  'src/compose/reading.ts',
  'src/metadata/hostname-resolver.ts',
  'src/metadata/hostname-lookup.ts',
  'src/store/sqlite-reading-store.ts',
];

/** All that a command which only reads loads of us on SQLite; more than a tenth above what it is. */
const MOST_FOR_READING_BYTES = 475_000;

/**
 * What is loaded together lies together, with all that it imports and no entry before it in this list has, so that a single command reads
 * little more than it needs.
 */
const CHUNKS = [
  // Of orchestrator-client what other commands use too.
  {
    name: 'client-shared',
    test: /\/src\/(?:cli\/(?:client\/|closed-pipe|exit-code|render-|suggest)|legacy\/(?:duration|operations)\.ts|model\/instance-key\.ts)/,
    minShareCount: 2,
  },
  // Every command.
  { name: 'command', test: /\/src\/(?:cli\/run|compose\/program)\.ts$/ },
  // A command that only reads.
  {
    name: 'reading-shared',
    test: /\/src\/(?:compose\/reading|store\/sqlite-reading-store|metadata\/hostname-(?:lookup|resolver)|outlet\/(?:deferred-logger|log-level))\.ts$/,
  },
  { name: 'shared', minShareCount: 2 },
];

/** Bundles some programs with the chunks that they share. Out: all files made. */
async function bundle(names, format, ending) {
  const { output } = await build({
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    build: {
      ssr: true,
      target: 'node20',
      outDir: OUT,
      emptyOutDir: false,
      sourcemap: true,
      // Stack traces of the field name functions and lines.
      minify: false,
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(names).map(([name, source]) => [name, join(ROOT, source)])),
        checks: { bundlerTimings: false },
        output: {
          format,
          entryFileNames: `[name]${ending}`,
          chunkFileNames: `chunks/[name]-[hash]${ending}`,
          // Less to read, and text of one byte a character, which compiles faster.
          comments: false,
          charset: 'ascii',
          // As in the sources, which are ES modules: a write to what is frozen throws.
          strict: true,
          codeSplitting: { groups: CHUNKS },
        },
      },
    },
  });
  return output.filter((file) => file.type === 'chunk');
}

/** The chunks, and what they import from outside, that are loaded at once with one: name → the names that led there. */
function loadedWith(start, byName) {
  const paths = new Map([[start.fileName, [start.fileName]]]);
  for (const [fileName, path] of paths) {
    for (const imported of byName.get(fileName)?.imports ?? []) {
      if (!paths.has(imported)) paths.set(imported, [...path, imported]);
    }
  }
  return paths;
}

/** The chunk that a source went into. Throws when there is none. */
function chunkOf(source, chunks) {
  const chunk = chunks.find(({ moduleIds }) => moduleIds.includes(join(ROOT, source)));
  if (chunk === undefined) throw new Error(`no chunk holds ${source}`);
  return chunk;
}

/** Throws when a program, or what most commands of it load (`compose`), comes to import a package that is slow to load. */
function checkStart(chunks, byName) {
  for (const source of ['src/main.ts', 'src/client.ts', 'src/compose.ts']) {
    const loaded = loadedWith(chunkOf(source, chunks), byName);
    for (const slow of TOO_SLOW_FOR_COMMANDS) {
      if (loaded.has(slow)) throw new Error(`every command would load ${slow}: ${loaded.get(slow).join(' → ')}`);
    }
  }
}

/** Throws when a command that only reads comes to load, on SQLite, what it has no use for. */
function checkReading(chunks, byName) {
  const paths = new Map(READING.flatMap((source) => [...loadedWith(chunkOf(source, chunks), byName)]));
  const loaded = [...paths.keys()].flatMap((name) => byName.get(name) ?? []);
  const ids = [...paths.keys(), ...loaded.flatMap(({ moduleIds }) => moduleIds)];
  for (const id of ids) {
    if (NOT_FOR_READING.some((pattern) => pattern.test(id)))
      throw new Error(`a command that only reads would load ${id}`);
  }
  const bytes = loaded.reduce((sum, { code }) => sum + code.length, 0);
  if (bytes > MOST_FOR_READING_BYTES)
    throw new Error(`a command that only reads would load ${bytes} bytes, and ${MOST_FOR_READING_BYTES} are the most`);
}

/** Makes the programs anew; the page and the types stay. Throws what the bundler says, and where commands would start slowly. */
export async function bundleServer() {
  for (const entry of existsSync(OUT) ? readdirSync(OUT) : []) {
    if (!OTHERS.includes(entry)) rmSync(join(OUT, entry), { recursive: true, force: true });
  }
  const chunks = await bundle({ main: 'src/main.ts', client: 'src/client.ts' }, 'cjs', '.js');
  // package.json above says that ours are ES modules, as the sources are.
  writeFileSync(join(OUT, 'package.json'), '{ "type": "commonjs" }\n');
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  checkStart(chunks, byName);
  checkReading(chunks, byName);
  // On its own: whoever imports the library gets nothing of the server, and the server's commands nothing of its schemas.
  await bundle({ 'v2-client': 'src/http/v2-client.ts' }, 'es', '.mjs');
  for (const program of ['main.js', 'client.js']) chmodSync(join(OUT, program), 0o755);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await bundleServer();
