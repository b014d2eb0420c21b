import { parseArgs } from 'node:util';
import { FLAVOURS, type Flavour, parseFlavour } from '../../lab/index.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';

export interface BenchOptions {
  readonly flavours: readonly Flavour[];
  readonly scenarios: readonly ScenarioName[];
  /** Runs of each scenario and flavour. */
  readonly n: Readonly<Record<ScenarioName, number>>;
  readonly intervalMs: number | null;
  readonly showSteps: boolean;
}

export const USAGE = `npm run bench:moves -- [options]
  --flavour X    one of ${FLAVOURS.join(', ')}; may be repeated (default: all, one after another)
  --scenario X   one of ${SCENARIOS.join(', ')}; may be repeated (default: all)
  --n N          runs of each (default 30 of one, 6 of many)
  --quick        3 runs of each
  --interval MS  the writer's pause between two inserts (default 5), or "none" for no writes
  --steps        print the steps of every run, with their times`;

/** Reads the command line; throws a sentence for what it does not know. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      flavour: { type: 'string', multiple: true },
      scenario: { type: 'string', multiple: true },
      n: { type: 'string' },
      quick: { type: 'boolean', default: false },
      interval: { type: 'string', default: '5' },
      steps: { type: 'boolean', default: false },
    },
  });
  const n = values.n ?? (values.quick ? '3' : null);
  return {
    flavours: values.flavour?.map(parseFlavour) ?? FLAVOURS,
    scenarios: values.scenario?.map(parseScenario) ?? SCENARIOS,
    n: n === null ? { one: 30, many: 6 } : { one: wholeNumber('--n', n), many: wholeNumber('--n', n) },
    intervalMs: values.interval === 'none' ? null : wholeNumber('--interval', values.interval, 0),
    showSteps: values.steps,
  };
}

function parseScenario(text: string): ScenarioName {
  const found = SCENARIOS.find((name) => name === text);
  if (found === undefined) throw new Error(`--scenario ${text} is unknown; choose one of ${SCENARIOS.join(', ')}`);
  return found;
}

function wholeNumber(name: string, text: string, least = 1): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`${name} ${text} must be a whole number from ${least}`);
  return value;
}
