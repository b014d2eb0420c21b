#!/usr/bin/env node
/**
 * Bundles the server: dist/main.js and dist/client.js, dist/v2-client.js (the library "orchestrator/client"), and dist/chunks/ for what
 * they share and what is imported on demand.
 * A single command mostly waits for its modules; six hundred files take more than twice as long to load as two dozen.
 * Packages stay outside, so that their updates reach an installed program. Types are checked elsewhere (tsc).
 */
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { ROOT } from './setup.mjs';

const OUT = join(ROOT, 'dist');

/** Made by other steps of the build. */
const OTHERS = ['web', 'types'];

/** Makes the programs anew; the page and the types stay. Throws what the bundler says. */
export async function bundleServer() {
  for (const entry of existsSync(OUT) ? readdirSync(OUT) : []) {
    if (!OTHERS.includes(entry)) rmSync(join(OUT, entry), { recursive: true, force: true });
  }
  await build({
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
        input: {
          main: join(ROOT, 'src/main.ts'),
          client: join(ROOT, 'src/client.ts'),
          'v2-client': join(ROOT, 'src/http/v2-client.ts'),
        },
        output: {
          entryFileNames: '[name].js',
          chunkFileNames: 'chunks/[name]-[hash].js',
          // Less to read, and text of one byte a character, which compiles faster.
          comments: false,
          charset: 'ascii',
          codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] },
        },
      },
    },
  });
  for (const program of ['main.js', 'client.js']) chmodSync(join(OUT, program), 0o755);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await bundleServer();
