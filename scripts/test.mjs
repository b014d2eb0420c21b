#!/usr/bin/env node
/** npm test: prepares what is missing, runs every check, and closes with one line `N passed, N failed`. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import {
  checkNode,
  ensureModules,
  ensurePackage,
  main,
  revision,
  runSource,
  runTool,
  SetupError,
  say,
} from './setup.mjs';

const isLong = process.argv.includes('--long');
const env = isLong ? { ORCHESTRATOR_LONG: '1' } : {};
const NOTHING = { passed: 0, failed: 0, skipped: 0 };

/** A check that passes or fails as a whole. */
const whole = async (code) => ((await code) === 0 ? { ...NOTHING, passed: 1 } : { ...NOTHING, failed: 1 });

/** A preparation: counts as a failed test when it fails, as nothing when it works. */
async function preparation(work) {
  try {
    await work();
    return NOTHING;
  } catch (thrown) {
    if (!(thrown instanceof SetupError)) throw thrown;
    say(`✗ ${thrown.message}`);
    return { ...NOTHING, failed: 1 };
  }
}

/** Reads vitest's JSON. A file that could not be loaded, and a run that ended badly for no counted reason, are failures. */
function countsOf(reportPath, code) {
  let report;
  try {
    report = JSON.parse(readFileSync(reportPath, 'utf8'));
  } catch {
    return { ...NOTHING, failed: 1 };
  }
  const counts = { ...NOTHING };
  for (const file of report.testResults) {
    const states = file.assertionResults.map((result) => result.status);
    counts.passed += states.filter((state) => state === 'passed').length;
    counts.failed += states.filter((state) => state === 'failed').length;
    counts.skipped += states.filter((state) => state !== 'passed' && state !== 'failed').length;
    if (file.status === 'failed' && !states.includes('failed')) counts.failed += 1;
  }
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

async function vitest(project, folder) {
  const report = join(folder, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await runTool(
    'vitest/vitest.mjs',
    ['run', '--project', project, '--passWithNoTests', ...reporters],
    env,
  );
  return countsOf(report, code);
}

async function phase(title, work) {
  say(`\n━━ ${title}`);
  const startMs = performance.now();
  const counts = await work();
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  say(`━━ ${title}: ${counts.failed === 0 ? 'ok' : `${counts.failed} failed`} (${seconds} s)`);
  return counts;
}

await main(async () => {
  checkNode();
  await ensureModules();
  // Whoever is not root reads here what to install, before minutes are spent.
  await ensurePackage('chromium', ['chromium', 'chromium-browser', 'google-chrome'], 'for the tests of the page');
  await ensurePackage('default-jre-headless', ['java'], 'for the tests with ZooKeeper');
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-test-'));
  const total = { ...NOTHING };
  const add = (counts) => {
    for (const key of Object.keys(total)) total[key] += counts[key];
    return counts.failed === 0;
  };
  try {
    say(`orchestrator ${revision()} on Node ${process.versions.node}${isLong ? ', long run' : ''}`);
    add(await phase('lint (biome)', () => whole(runTool('@biomejs/biome/bin/biome', ['check', '.']))));
    add(await phase('types (tsc)', () => whole(runTool('typescript/bin/tsc', ['--noEmit', '-p', 'tsconfig.json']))));
    const isBuilt = add(await phase('build', () => preparation(build)));
    add(await phase('unit tests', () => vitest('unit', folder)));
    const hasServers = add(
      await phase('database servers for the tests', () =>
        preparation(async () => {
          if ((await runSource('lab/main.ts', ['fetch'])) !== 0) {
            throw new SetupError('the database servers for the tests could not be prepared; the line above says why');
          }
        }),
      ),
    );
    if (isBuilt && hasServers)
      add(await phase('tests on real servers and in a browser', () => vitest('cluster', folder)));
    else say('✗ the tests on real servers were not run, because a preparation above failed');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const skipped = total.skipped === 0 ? '' : `, ${total.skipped} skipped`;
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed${skipped}\n`);
  return total.failed === 0 ? 0 : 1;
});
