#!/usr/bin/env node
/** npm run demo: prepares what is missing, then hands over to lab/demo.ts. */
import { build } from './build.mjs';
import { checkNode, ensureModules, isBuilt, main, runSource } from './setup.mjs';

await main(async () => {
  checkNode();
  await ensureModules();
  if (!isBuilt()) await build();
  // Ctrl-C reaches the demo too, which cleans up; this process only waits for it. `kill` reaches this one alone.
  for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => undefined);
  return runSource('lab/demo.ts', process.argv.slice(2), {}, (demo) =>
    process.on('SIGTERM', () => demo.kill('SIGTERM')),
  );
});
