import { parseArgs } from 'node:util';
import { FLAVOURS, type Flavour, parseFlavour } from '../../lab/index.ts';

export const SCENARIOS = ['kill', 'hooks', 'transaction', 'return'] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

export interface BenchOptions {
  readonly flavours: readonly Flavour[];
  readonly scenarios: readonly ScenarioName[];
  /** Runs of each scenario and flavour. */
  readonly n: number;
  /** Pause of the writer's connection between two inserts, milliseconds. */
  readonly intervalMs: number;
  /** Print the program's recovery steps of every run. */
  readonly showSteps: boolean;
}

export const USAGE = `npm run bench:failover -- [options]
  --flavour X    one of ${FLAVOURS.join(', ')}; may be repeated (default: all, one after another)
  --scenario X   one of ${SCENARIOS.join(', ')}; may be repeated (default: all)
  --n N          runs of each (default 10)
  --quick        the same as --n 2
  --interval MS  the writer's pause between two inserts (default 0: as fast as it can)
  --steps        print the recovery steps of every run, with their times`;

/** Reads the command line; throws a sentence for what it does not know. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      flavour: { type: 'string', multiple: true },
      scenario: { type: 'string', multiple: true },
      n: { type: 'string' },
      quick: { type: 'boolean', default: false },
      interval: { type: 'string', default: '0' },
      steps: { type: 'boolean', default: false },
    },
  });
  return {
    flavours: values.flavour?.map(parseFlavour) ?? FLAVOURS,
    scenarios: values.scenario?.map(parseScenario) ?? SCENARIOS,
    n: wholeNumber('--n', values.n ?? (values.quick ? '2' : '10'), 1),
    intervalMs: wholeNumber('--interval', values.interval, 0),
    showSteps: values.steps,
  };
}

function parseScenario(text: string): ScenarioName {
  const found = SCENARIOS.find((name) => name === text);
  if (found === undefined) throw new Error(`--scenario ${text} is unknown; choose one of ${SCENARIOS.join(', ')}`);
  return found;
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`${name} ${text} must be a whole number from ${least}`);
  return value;
}
