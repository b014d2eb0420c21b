/** npm run bench:moves: how long it takes to move replicas by GTID, on real servers, with the engine as the service runs it. */
import { cpus, loadavg } from 'node:os';
import { readOptions, USAGE } from './moves/options.ts';
import { runScenario, type Series } from './moves/scenarios.ts';
import { markdownTable, median, medianAndWorst } from './stats.ts';

const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(USAGE);
  process.exit(0);
}
const options = readOptions(args);
const load = loadavg()[0] ?? 0;
console.log(`${cpus().length} CPUs, load ${load.toFixed(2)}${load > 0.7 ? ' (not idle: figures will be worse)' : ''}`);

const all: Series[] = [];
for (const flavour of options.flavours) {
  for (const scenario of options.scenarios) {
    console.log(`\n${flavour}, ${scenario}`);
    const series = await runScenario(scenario, {
      flavour,
      n: options.n[scenario],
      intervalMs: options.intervalMs,
      onTrial(trial) {
        console.log(`  ${Math.round(trial.totalMs)} ms${trial.fault === null ? '' : `: FAULT: ${trial.fault}`}`);
        if (options.showSteps || trial.fault !== null) console.log(trial.steps.map((step) => `    ${step}`).join('\n'));
      },
    });
    all.push(series);
  }
}

const rows = all.map(({ flavour, title, trials, targetMs }) => {
  const times = (name: 'totalMs' | 'planMs' | 'lockMs' | 'stepsMs' | 'closeMs'): string =>
    medianAndWorst(trials.map((trial) => trial[name]));
  const faults = trials.filter(({ fault }) => fault !== null).length;
  const isMet = median(trials.map(({ totalMs }) => totalMs)) < targetMs;
  return [
    flavour,
    title,
    String(trials.length),
    times('totalMs'),
    `< ${targetMs}: ${isMet ? 'met' : 'missed'}`,
    times('planMs'),
    times('lockMs'),
    times('stepsMs'),
    times('closeMs'),
    faults === 0 ? 'none' : `${faults} runs`,
  ];
});
const header = [
  'server',
  'move',
  'n',
  'in all',
  'target',
  'read and plan',
  'lock',
  'steps',
  'read again and unlock',
  'faults',
];
console.log(`\nMilliseconds, median / worst.\n\n${markdownTable(header, rows)}`);
process.exitCode = all.some(({ trials }) => trials.some(({ fault }) => fault !== null)) ? 1 : 0;
