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
  ROOT,
  revision,
  runSource,
  runTool,
  SetupError,
  say,
} from './setup.mjs';
import { countsOf, failedNames, NOTHING, triedAgain, withSecondTry } from './test-report.mjs';

const isLong = process.argv.includes('--long');
const env = isLong ? { ORCHESTRATOR_LONG: '1' } : {};
/** The names of tests that failed at first. */
const onlyAtSecondTry = [];

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

/** Runs vitest; gives its report, and null when there is none. */
async function reportOf(project, report, files) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const args = ['run', '--project', project, '--passWithNoTests', ...reporters, ...files];
  const code = await runTool('vitest/vitest.mjs', args, env);
  try {
    return { code, report: JSON.parse(readFileSync(report, 'utf8')) };
  } catch {
    return { code, report: null };
  }
}

/** A run that ended badly for no counted reason is a failure, too. */
const judged = ({ code, report }) => {
  if (report === null) return { ...NOTHING, failed: 1 };
  const counts = countsOf(report);
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
};

/**
 * Where the machine may have stumbled, the files that failed are run once more, alone; what passes only then is named at the very end.
 */
async function vitest(project, folder) {
  const first = await reportOf(project, join(folder, `${project}.json`), []);
  const files = first.report === null ? [] : triedAgain(first.report, ROOT);
  if (files.length === 0) return judged(first);
  say(`\n━━ once more, alone: ${files.join(', ')}`);
  const second = await reportOf(project, join(folder, `${project}-again.json`), files);
  if (second.report === null) return judged(first);
  const stillFails = new Set(failedNames(second.report));
  onlyAtSecondTry.push(...failedNames(first.report).filter((name) => !stillFails.has(name)));
  return judged({ code: second.code, report: withSecondTry(first.report, second.report) });
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
  for (const name of onlyAtSecondTry) say(`! passed at its second try only, see its failure above: ${name}`);
  const skipped = total.skipped === 0 ? '' : `, ${total.skipped} skipped`;
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed${skipped}\n`);
  return total.failed === 0 ? 0 : 1;
});
