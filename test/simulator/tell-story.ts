import type { Store } from '../../src/engine/ports.ts';
import type { ServerCommand } from '../../src/model/command.ts';
import { createJudge } from './judge.ts';
import { closeOther, holdBack, openForAMoment, slowDown } from './pair.ts';
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
import type { CommandFault } from './sim-port.ts';
import { openSimStore, type SimProcess, startSimProcess } from './sim-process.ts';
import type { SimServer } from './sim-server.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
import { createWorld, createWorldOf, keyOf, type World } from './world.ts';

export interface StoryOptions extends ScenarioOptions {
  /** Our process is killed after this many deeds, and another one starts on the same store. */
  readonly diesAfterDeeds?: number;
  /** The first successor does not come to be promoted, and the primary comes back meanwhile, writable. */
  readonly returnsWhilePromoting?: boolean;
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

/** Who was not looked at for so long may have been opened meanwhile. */
const UNWATCHED_MS = 10_000;

/** For what comes after a recovery: threads that are started again, a fence, who connects. */
const SETTLE_MS = 6_000;
/** By then a server that answers again listens again. */
const STARTED_AGAIN_MS = 12_000;

export const createWorldFor = ({ tree, pair, flavour, replicas, isByPlace }: Scenario, clock: VirtualClock): World => {
  const specs = tree?.specs ?? pair?.specs ?? null;
  return specs === null ? createWorld(clock, flavour, replicas, isByPlace) : createWorldOf(clock, specs);
};

/** Plays one seed to its end; world.violations says what was wrong with it. */
export async function playStory(seed: number, options: StoryOptions = {}): Promise<Story> {
  const scenario = makeScenario(seed, options);
  const clock = createVirtualClock(Date.now());
  const world = createWorldFor(scenario, clock);
  const store = await openSimStore();
  let hasDied = (): boolean => false;
  let hasForgotten = false;
  const judge = createJudge(scenario, world, store, {
    hasDied: () => hasDied(),
    hasForgotten: () => hasForgotten,
  });
  let hasFailed = false;
  let isBack = options.returnsWhilePromoting !== true;
  /** What the first step of a promotion meets with, and when the primary is back. */
  function foil({ number }: SimServer, kind: ServerCommand['kind']): CommandFault | null {
    if (isBack || !hasFailed || number === 1 || (kind !== 'stop-applier' && kind !== 'forget-source')) return null;
    isBack = true;
    const { random } = scenario;
    void clock.sleep(random.between(1, 1_800)).then(() => {
      world.zombies.add(1);
      world.restart(1, false);
      judge.primaryReturned();
    });
    return random.pick(['stuck', 'stuck', 'not-sent', 'hangs']);
  }
  let wokenAtMs = 0;
  const wakeLater = (number: number): void => {
    const { wakesAfterMs } = scenario;
    if (wakesAfterMs === null) return;
    wokenAtMs = clock.monotonicMs() + wakesAfterMs;
    void clock.sleep(wakesAfterMs).then(() => world.wake(number));
  };
  const start = (owner: string, diesAfterDeeds: number | null): Promise<SimProcess> =>
    startSimProcess(world, store, {
      owner,
      diesAfterDeeds,
      config: scenario.config,
      fault(server, { kind }) {
        const fault = foil(server, kind) ?? (hasFailed ? nextFault(scenario, server.number) : 'none');
        if (fault === 'none') return fault;
        if (fault === 'hangs') wakeLater(server.number);
        judge.excuse(server.number);
        return fault;
      },
      inspect: judge.inspect,
    });

  if (scenario.pair !== null) holdBack(scenario.pair, world);
  await clock.runUntil(() => false, 50);
  world.advance();
  world.areClientsWriting = false;
  if (scenario.pair !== null) closeOther(scenario.pair, world);
  for (const [number, rule] of scenario.rules) await store.intent.registerCandidate(keyOf(number), rule);
  const first = await start('sim:1', options.diesAfterDeeds ?? null);
  hasDied = first.isDead;
  const isKnown = (): boolean =>
    first.orchestrator.fleet().records.filter(({ instance }) => instance !== null).length === scenario.replicas + 1;
  if (!(await clock.runUntil(isKnown, 10_000))) throw new Error(`seed ${seed}: the fleet was not discovered`);
  const oddities = makeOdd(scenario, world);
  const pauseMs = scenario.pair?.quietMs ?? scenario.random.pick([100, 1_000, 5_200]);
  await clock.runUntil(() => false, pauseMs);
  world.advance();
  if (scenario.pair !== null) await openForAMoment(scenario.pair, world);
  world.areClientsWriting = true;
  makeUneven(scenario, world, oddities);
  if (scenario.pair !== null) slowDown(scenario.pair, world);
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
    const goneMs = scenario.random.pick([10, 1_000, 30_000]);
    // What was to be registered is begun anew, by one who never saw the failed server.
    const registered = await store.recoveries.readRecoveries({});
    hasForgotten = goneMs > UNWATCHED_MS || registered.length === 0;
    await clock.runUntil(() => false, goneMs);
    last = await start('sim:2', null);
    await clock.runUntil(isClosed(store, clock), PATIENCE_MS);
  };
  /** Waits; where we die meanwhile, an heir has the same time. */
  const settle = async (ms: number): Promise<void> => {
    const before = last;
    await clock.runUntil(() => last === first && first.isDead(), ms);
    await succeed();
    if (last !== before) await clock.runUntil(() => false, ms);
  };
  await succeed();
  // What may come late: a returned primary that is to be fenced, replicas that connect; or our death, while we fence.
  await settle((scenario.returnsAfterMs ?? 0) + SETTLE_MS);
  await settle(SETTLE_MS);
  if (scenario.tree !== null || scenario.pair !== null) await goOnWriting(world);
  /** The heir may have found nothing to go on with, and begun a recovery of its own since; and another one upon that. */
  const settleLate = async (): Promise<void> => {
    for (let late = 0; late < 3 && !(await clock.runUntil(isClosed(store, clock), 50)); late += 1) {
      await clock.runUntil(isClosed(store, clock), PATIENCE_MS);
      await settle(SETTLE_MS);
    }
  };
  await settleLate();
  // Whoever goes on is started again as soon as it answers.
  await settle(Math.max(0, wokenAtMs + STARTED_AGAIN_MS - clock.monotonicMs()));
  await settleLate();
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

/** Whoever follows must also get what is written afterwards: a log that was continued in the wrong place shows only then. */
async function goOnWriting(world: World): Promise<void> {
  world.quiet.clear();
  world.areClientsWriting = true;
  await world.clock.runUntil(() => false, 100);
  world.advance();
  world.areClientsWriting = false;
  await world.clock.runUntil(() => false, 3_000);
  world.advance();
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
