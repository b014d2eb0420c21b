#!/usr/bin/env node
/** npm run build: the server by tsc and the page by vite, into dist/. */
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkNode, ensureModules, main, ROOT, runTool, step } from './setup.mjs';

/** Builds everything anew. Throws SetupError naming the part that failed; what it complains of stands above. */
export async function build() {
  checkNode();
  await ensureModules();
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  await step('compiling the server (tsc)', () => runTool('typescript/bin/tsc', ['-p', 'tsconfig.build.json']));
  await step('bundling the page (vite)', () =>
    runTool('vite/bin/vite.js', ['build', '--config', 'web/vite.config.ts', '--logLevel', 'warn']),
  );
  for (const program of ['dist/main.js', 'dist/client.js']) chmodSync(join(ROOT, program), 0o755);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(build);
