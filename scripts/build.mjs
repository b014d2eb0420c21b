#!/usr/bin/env node
/** npm run build: types checked by tsc; the server and the page bundled by vite, into dist/. */
import { execFileSync } from 'node:child_process';
import { realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkNode, ensureModules, main, ROOT, runTool, step } from './setup.mjs';

/** Builds everything anew. Throws SetupError naming the part that failed; what it complains of stands above. */
export async function build() {
  checkNode();
  await ensureModules();
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  await step('checking types (tsc)', () => runTool('typescript/bin/tsc', ['-p', 'tsconfig.build.json']));
  // Imported only now: vite is not there before ensureModules.
  const { bundleServer } = await import('./bundle-server.mjs');
  await step('bundling the server (vite)', bundleServer);
  await step('writing the types of the API client (tsc)', () =>
    runTool('typescript/bin/tsc', ['-p', 'tsconfig.client.json']),
  );
  // They describe an ES module, unlike the programs around them (bundle-server.mjs).
  writeFileSync(join(ROOT, 'dist/types/package.json'), '{ "type": "module" }\n');
  await step('bundling the page (vite)', () =>
    runTool('vite/bin/vite.js', ['build', '--config', 'web/vite.config.ts', '--logLevel', 'warn']),
  );
  writeCommit();
  return 0;
}

/** dist/commit, for --version; nothing where this is no working copy of its own. */
function writeCommit() {
  const git = (...words) =>
    execFileSync('git', ['-C', ROOT, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    if (git('rev-parse', '--show-toplevel') === realpathSync(ROOT))
      writeFileSync(join(ROOT, 'dist/commit'), `${git('rev-parse', 'HEAD')}\n`);
  } catch {
    // No git, or no commit: the version has to do.
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main(build);
