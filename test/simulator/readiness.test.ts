import { describe, expect, it } from 'vitest';
import { formatKey } from '../../src/model/instance-key.ts';
import type { Readiness } from '../../src/plan/readiness/readiness.ts';
import { describeScenario, makeOdd, makeScenario, type ScenarioOptions } from './scenario.ts';
import { areSeedsChosen, playSeeds, SEEDS_TIMEOUT_MS, seedsOf } from './seeds.ts';
import { openSimStore, startSimProcess } from './sim-process.ts';
import { createWorldFor } from './tell-story.ts';
import { createVirtualClock } from './virtual-clock.ts';
import { keyOf } from './world.ts';

/** Every server is polled twice in this time: what a stalled link holds back is known for what it is. */
const TWO_POLLS_MS = 11_000;
const DECISION_MS = 20_000;
const PATIENCE_MS = 120_000;

interface End {
  readonly readiness: Readiness;
  /** host:port of who was promoted; null: nobody. */
  readonly promoted: string | null;
  readonly hasBegun: boolean;
  readonly story: readonly string[];
}

/** Replicas of all characters, links that have stalled; the question is asked, and then the primary dies with nothing else changed. */
async function play(seed: number, options: ScenarioOptions = {}): Promise<End> {
  const scenario = makeScenario(seed, { ...options, isCalm: true });
  const { random } = scenario;
  const clock = createVirtualClock(Date.now());
  const world = createWorldFor(scenario, clock);
  const store = await openSimStore();
  await clock.runUntil(() => false, 50);
  world.advance();
  for (const [number, rule] of scenario.rules) await store.intent.registerCandidate(keyOf(number), rule);
  if (random.chance(0.05)) await store.intent.setRecoveryDisabled(true);
  const { orchestrator, ...process } = await startSimProcess(world, store, {
    owner: 'sim:1',
    diesAfterDeeds: null,
    config: scenario.config,
    fault: () => 'none',
    inspect: async () => undefined,
  });
  const isKnown = (): boolean =>
    orchestrator.fleet().records.filter(({ instance }) => instance !== null).length === scenario.replicas + 1;
  if (!(await clock.runUntil(isKnown, 10_000))) throw new Error(`seed ${seed}: the fleet was not discovered`);
  makeOdd(scenario, world);
  for (const server of world.servers.values()) server.answersAfterMs = 1;
  // By file and position what waits un-executed may end in half a transaction, and is counted by nobody: whether it does, and how long
  // it takes, shows in the recovery only.
  const mayWait = scenario.tree === null && scenario.config.FailMasterPromotionIfSQLThreadNotUpToDate !== true;
  if (scenario.isByPlace && !mayWait)
    for (const { replication } of world.servers.values())
      if (replication !== null) Object.assign(replication, { applierStarted: true, delaySeconds: 0 });
  world.areClientsWriting = true;
  for (let number = 2; number <= scenario.replicas + 1; number += 1) {
    // What a link that stalls holds back stays behind; appliers that crawl come to their end before the question.
    await clock.runUntil(() => false, 20);
    world.advance();
    // By file and position some have yet to execute what they have received when the primary dies.
    const isHeld = scenario.isByPlace && mayWait && random.chance(0.5);
    world.server(number).applySpeed = isHeld ? 0 : random.pick([1, 10]);
    // Below a binlog server a link would go on after the death, and bring more than was known when the question was asked.
    if (random.chance(0.4) && world.server(number).replication?.source === 1) world.server(number).receiveSpeed = 0;
  }
  await clock.runUntil(() => false, 60);
  world.advance();
  world.areClientsWriting = false;
  await clock.runUntil(() => false, TWO_POLLS_MS);
  let asked: Readiness | null = null;
  void orchestrator.readiness.of(formatKey(keyOf(1))).then((readiness) => {
    asked = readiness;
  });
  await clock.runUntil(() => asked !== null, 1_000);
  world.crash(1);
  // Links are well again: what was not received is gone.
  for (const server of world.servers.values())
    Object.assign(server, { receiveSpeed: 10, applySpeed: Math.max(1, server.applySpeed) });
  const hasBegun = await clock.runUntil(() => process.countBegun() > 0, DECISION_MS);
  if (hasBegun) await clock.runUntil(() => process.ended.length > 0, PATIENCE_MS);
  const [record] = await store.recoveries.readRecoveries({});
  process.kill();
  await clock.runUntil(() => false, 0);
  await store.close();
  if (asked === null) throw new Error(`seed ${seed} (${describeScenario(scenario)}): the question was not answered`);
  const promoted = record?.isSuccessful === true && record.successor !== null ? formatKey(record.successor) : null;
  return { readiness: asked, promoted, hasBegun, story: world.story };
}

/** The death that follows promotes whom readiness has named, or nobody where it said so. Returns whether somebody was promoted. */
async function judgeAnswer(seed: number, options: ScenarioOptions = {}): Promise<boolean> {
  const end = await play(seed, options);
  const { verdict, successor, sentence, blockers, candidates } = end.readiness;
  const expected = verdict === 'blocked' || successor === null ? null : formatKey(successor);
  if (expected !== end.promoted)
    throw new Error(
      `seed ${seed}: promoted ${end.promoted}, expected ${expected}: ${sentence} ${JSON.stringify(blockers)} ${JSON.stringify(candidates.map((c) => [c.name, c.rank ?? c.rule, c.promotionRule, c.transactionsToApply, c.why]))}\n${end.story.join('\n')}`,
    );
  return end.promoted !== null;
}

describe('failover readiness in a simulated world', () => {
  const seeds = seedsOf('readiness', { short: 60, long: 4_000, found: [1288] });
  it(
    `names whom the failover then promotes, or that nobody will be (${seeds.length} seeds)`,
    async () => {
      let [promoted, blocked] = [0, 0];
      await playSeeds('readiness', seeds, async (seed) => {
        if (await judgeAnswer(seed)) promoted += 1;
        else blocked += 1;
      });
      if (areSeedsChosen()) return;
      expect(promoted).toBeGreaterThan(seeds.length / 2);
      expect(blocked).toBeGreaterThan(seeds.length / 40);
    },
    SEEDS_TIMEOUT_MS,
  );

  it(
    'also by file and position, where some have yet to execute what they have received',
    async () => {
      const name = 'readiness-by-place';
      await playSeeds(name, seedsOf(name, { short: 0, long: 2_000, found: [7, 118, 229] }), async (seed) => {
        await judgeAnswer(seed, { isByPlace: true });
      });
    },
    SEEDS_TIMEOUT_MS,
  );

  it(
    'also where binlog servers read the log of the primary',
    async () => {
      const name = 'readiness-binlog-servers';
      await playSeeds(name, seedsOf(name, { short: 0, long: 2_000, found: [36] }), async (seed) => {
        await judgeAnswer(seed, { hasBinlogServers: true });
      });
    },
    SEEDS_TIMEOUT_MS,
  );
});
