import { type Flavour, type LabTopology, startTopology } from '../../lab/index.ts';
import { type Engine, openEngine } from '../../test/support/engine.ts';
import { runTrial, type Trial } from './trial.ts';

export const SCENARIOS = ['one', 'many'] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

export interface Series {
  readonly flavour: Flavour;
  readonly title: string;
  readonly trials: readonly Trial[];
  /** What the project demands of the median, milliseconds. */
  readonly targetMs: number;
}

export interface ScenarioOptions {
  readonly flavour: Flavour;
  readonly n: number;
  /** Pause of the writer's connection between two inserts, milliseconds; null: no writes. */
  readonly intervalMs: number | null;
  readonly onTrial: (trial: Trial) => void;
}

const MANY = 20;

/** Replicas go to and fro between two servers, by GTID, while the primary is written to and the service polls. */
export async function runScenario(scenario: ScenarioName, options: ScenarioOptions): Promise<Series> {
  const { flavour } = options;
  if (scenario === 'one') {
    const trials = await goToAndFro('1(2(4),3)', options, (engine, to) => runTrial(engine, ['relocate', 4, to]));
    return { flavour, title: 'relocate of one replica', trials, targetMs: 150 };
  }
  const many = Array.from({ length: MANY }, (_, index) => index + 4).join(',');
  const trials = await goToAndFro(`1(2(${many}),3)`, options, (engine, to) =>
    runTrial(engine, ['relocate-replicas', 5 - to, to]),
  );
  return { flavour, title: `relocate-replicas of ${MANY}`, trials, targetMs: 1_500 };
}

async function goToAndFro(
  tree: string,
  { flavour, n, intervalMs, onTrial }: ScenarioOptions,
  move: (engine: Engine, to: number) => Promise<Trial>,
): Promise<readonly Trial[]> {
  const topology: LabTopology = await startTopology({ flavour, tree });
  let engine: Engine | null = null;
  try {
    engine = await openEngine(topology, { mode: 'continuous', config: { ListenAddress: '127.0.0.1:0' } });
    if (intervalMs !== null) topology.writer({ intervalMs });
    const trials: Trial[] = [];
    // The first move makes connections that later ones use; it is not counted.
    await move(engine, 3);
    for (let index = 0; index < n; index += 1) {
      const trial = await move(engine, index % 2 === 0 ? 2 : 3);
      trials.push(trial);
      onTrial(trial);
    }
    return trials;
  } finally {
    await engine?.close();
    await topology.close();
  }
}
