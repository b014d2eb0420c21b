/** npm run bench:failover: how long writes stop when a primary dies, on real servers, with the program as it is shipped. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { startTopology } from '../lab/index.ts';
import { readOptions, USAGE } from './failover/options.ts';
import { type FlavourResult, report, trialLine } from './failover/report.ts';
import { runScenario, type Series } from './failover/scenarios.ts';

const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(USAGE);
  process.exit(0);
}
const options = readOptions(args);
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
const load = loadavg()[0] ?? 0;
console.log(`${cpus().length} CPUs, load ${load.toFixed(2)}${load > 0.7 ? ' (not idle: figures will be worse)' : ''}`);

const results: FlavourResult[] = [];
for (const flavour of options.flavours) {
  const topology = await startTopology({ flavour, tree: '1(2,3,4)' });
  try {
    console.log(`\n${flavour} (${topology.version}), a primary and three replicas`);
    const series: Series[] = [];
    for (const scenario of options.scenarios) {
      const ended = await runScenario(scenario, topology, options, (title, trial) => {
        console.log(`  ${trialLine(title, trial)}`);
        if (options.showSteps || trial.faults.length > 0)
          console.log(trial.steps.map((step) => `      ${step}`).join('\n'));
      });
      series.push(...ended);
    }
    results.push({ flavour, series });
  } finally {
    await topology.close();
  }
}
console.log(`\nMilliseconds after the kill, median / worst.\n\n${report(results)}`);
const isFaulty = results.some(({ series }) =>
  series.some(({ trials }) => trials.some(({ faults }) => faults.length > 0)),
);
process.exitCode = isFaulty ? 1 : 0;
