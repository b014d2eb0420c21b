import type { LabTopology } from '../../lab/index.ts';
import type { BenchOptions, ScenarioName } from './options.ts';
import { type Return, returnPrimary } from './returning.ts';
import { killWithinTransaction } from './transmission.ts';
import { brokenTrial, runTrial, type Trial } from './trial.ts';

/** One line of a result table: the runs of one scenario on one flavour. */
export interface Series {
  readonly scenario: ScenarioName;
  readonly title: string;
  readonly trials: readonly Trial[];
  /** Only for the scenario "return", one for each trial that got so far. */
  readonly returns: readonly Return[];
}

const HOOK_LISTS = [
  'OnFailureDetectionProcesses',
  'PreFailoverProcesses',
  'PostMasterFailoverProcesses',
  'PostFailoverProcesses',
  'PostUnsuccessfulFailoverProcesses',
];
const HOOKS = Object.fromEntries(HOOK_LISTS.map((name) => [name, ['sleep 0.005']]));
const RETURN_DELAYS_MS = [300, 3_000];

/** All runs of one scenario on one topology; `onTrial` hears each as it ends. */
export async function runScenario(
  scenario: ScenarioName,
  topology: LabTopology,
  options: BenchOptions,
  onTrial: (title: string, trial: Trial) => void,
): Promise<readonly Series[]> {
  const { intervalMs, n } = options;
  const series = async (title: string, one: (index: number, returns: Return[]) => Promise<Trial>): Promise<Series> => {
    const trials: Trial[] = [];
    const returns: Return[] = [];
    for (let index = 0; index < n; index += 1) {
      await topology.reset();
      const trial = await one(index, returns).catch(brokenTrial);
      trials.push(trial);
      onTrial(title, trial);
    }
    return { scenario, title, trials, returns };
  };
  switch (scenario) {
    case 'kill':
      return [await series('kill -9', () => runTrial(topology, { intervalMs, config: {} }))];
    case 'hooks':
      return [
        await series('kill -9, a 5 ms hook of each kind', () => runTrial(topology, { intervalMs, config: HOOKS })),
      ];
    case 'transaction':
      return [
        await series('kill -9 in a transaction of 20 MB', (index) =>
          runTrial(topology, { intervalMs, config: {}, fault: killWithinTransaction((index + 0.5) / n) }),
        ),
      ];
    case 'return': {
      const all: Series[] = [];
      for (const delayMs of RETURN_DELAYS_MS) {
        const one = (_: number, returns: Return[]): Promise<Trial> =>
          runTrial(topology, {
            intervalMs,
            config: {},
            afterwards: async (context, killedAtMs) => {
              const result = await returnPrimary(context, killedAtMs, delayMs);
              returns.push(result);
              return [`returned: ${JSON.stringify(result)}`];
            },
          });
        all.push(await series(`started again after ${delayMs} ms`, one));
      }
      return all;
    }
  }
}
