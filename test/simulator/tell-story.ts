import type { Store } from '../../src/engine/ports.ts';
import { createJudge } from './judge.ts';
import {
  describeScenario,
  fail,
  makeOdd,
  makeScenario,
  makeUneven,
  nextFault,
  type Scenario,
  type ScenarioOptions,
} from './scenario.ts';
import { openSimStore, type SimProcess, startSimProcess } from './sim-process.ts';
import { createVirtualClock } from './virtual-clock.ts';
import { createWorld, keyOf, type World } from './world.ts';

export interface StoryOptions extends ScenarioOptions {
  /** Our process is killed after this many deeds, and another one starts on the same store. */
  readonly diesAfterDeeds?: number;
}

/** How one seed ended. */
export interface Story {
  readonly scenario: Scenario;
  readonly world: World;
  readonly end: 'recovered' | 'not-recovered' | 'no-recovery';
  /** Deeds of the first process. */
  readonly deeds: number;
}

/** Longest time a recovery may take: drains that run out one after another, faults that each cost a deadline. */
const PATIENCE_MS = 240_000;
/** After this long without a recovery the policy lets the primary be. */
const DECISION_MS = 40_000;

/** Plays one seed to its end; world.violations says what was wrong with it. */
export async function playStory(seed: number, options: StoryOptions = {}): Promise<Story> {
  const scenario = makeScenario(seed, options);
  const clock = createVirtualClock(Date.now());
  const world = createWorld(clock, scenario.flavour, scenario.replicas, scenario.isByPlace);
  const store = await openSimStore();
  let hasDied = (): boolean => false;
  const judge = createJudge(scenario, world, store, () => hasDied());
  let hasFailed = false;
  let countBegun = (): number => 0;
  const lastFaults = new Map<number, string>();
  const start = (owner: string, diesAfterDeeds: number | null): Promise<SimProcess> =>
    startSimProcess(world, store, {
      owner,
      diesAfterDeeds,
      config: scenario.config,
      fault(server, { kind }) {
        const fault = hasFailed ? nextFault(scenario, server.number) : 'none';
        const last = lastFaults.get(server.number);
        lastFaults.delete(server.number);
        // One blow at a time for a receiver that is only to look again: left stopped, it would pass for stopped by a person.
        const isSparing = last === kind && kind === 'start-receiver' && countBegun() === 0;
        if (fault === 'none' || isSparing) return 'none';
        lastFaults.set(server.number, kind);
        judge.excuse(server.number);
        return fault;
      },
      inspect: judge.inspect,
    });

  await clock.runUntil(() => false, 50);
  world.advance();
  world.areClientsWriting = false;
  for (const [number, rule] of scenario.rules) await store.intent.registerCandidate(keyOf(number), rule);
  const first = await start('sim:1', options.diesAfterDeeds ?? null);
  countBegun = first.countBegun;
  hasDied = first.isDead;
  const isKnown = (): boolean =>
    first.orchestrator.fleet().records.filter(({ instance }) => instance !== null).length === scenario.replicas + 1;
  if (!(await clock.runUntil(isKnown, 10_000))) throw new Error(`seed ${seed}: the fleet was not discovered`);
  const oddities = makeOdd(scenario, world);
  await clock.runUntil(() => false, scenario.random.pick([100, 1_000, 5_200]));
  world.advance();
  world.areClientsWriting = true;
  makeUneven(scenario, world, oddities);
  await clock.runUntil(() => false, 45);
  world.advance();
  world.areClientsWriting = false;
  for (const number of fail(scenario, world, judge.primaryReturned)) judge.excuse(number);
  hasFailed = true;

  const hasBegun = await clock.runUntil(() => first.countBegun() > 0 || first.isDead(), DECISION_MS);
  const hasEnded = () => first.ended.length > 0 || first.isDead();
  if (hasBegun) await clock.runUntil(hasEnded, PATIENCE_MS);
  let last = first;
  const succeed = async (): Promise<void> => {
    if (!first.isDead() || last !== first) return;
    await clock.runUntil(() => false, scenario.random.pick([10, 1_000, 30_000]));
    last = await start('sim:2', null);
    await clock.runUntil(isClosed(store, clock), PATIENCE_MS);
  };
  await succeed();
  // What may come late: a returned primary that is to be fenced, replicas that connect; or our death, while we fence.
  await clock.runUntil(() => last === first && first.isDead(), (scenario.returnsAfterMs ?? 0) + 6_000);
  await succeed();
  await clock.runUntil(() => false, 6_000);
  // The heir may have found nothing to go on with, and begun a recovery of its own since.
  if (!(await clock.runUntil(isClosed(store, clock), 50))) {
    await clock.runUntil(isClosed(store, clock), PATIENCE_MS);
    await clock.runUntil(() => false, 6_000);
  }
  // Killed while receivers looked again, before any recovery: they stay as they are, and the explanation says so.
  if (hasBegun && countBegun() === 0) for (const number of world.servers.keys()) judge.excuse(number);
  await judge.judgeEnd(oddities);
  const records = await store.recoveries.readRecoveries({});
  last.kill();
  await clock.runUntil(() => false, 0);
  await store.close();
  const end =
    records.length === 0
      ? 'no-recovery'
      : records.some(({ isSuccessful }) => isSuccessful)
        ? 'recovered'
        : 'not-recovered';
  return { scenario, world, end, deeds: first.countDeeds() };
}

/** No intent is open any more; looked at once in a while, since the store answers later than at once. */
function isClosed(store: Store, clock: World['clock']): () => boolean {
  let open = 1;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (clock.monotonicMs() - askedAtMs >= 20) {
      askedAtMs = clock.monotonicMs();
      void store.recoveries.readOpenIntents().then((intents) => {
        open = intents.length;
      });
    }
    return open === 0;
  };
}

/** Throws with the whole story when the judge found anything; `how` says what was done beside playing the seed. */
export function assertInnocent({ scenario, world, end }: Story, how = ''): void {
  if (world.violations.length === 0) return;
  const head = `${how}seed ${scenario.seed} (${describeScenario(scenario)}; ${end}):\n- ${world.violations.join('\n- ')}`;
  throw new Error(`${head}\n\n${world.story.join('\n')}`);
}
