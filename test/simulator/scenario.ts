import type { PromotionRule } from '../../src/model/server-record.ts';
import { type BinlogServerTree, describeTree, growTree } from './binlog-server-tree.ts';
import { describePair, makePair, type Pair } from './pair.ts';
import { createRandom, type Random } from './random.ts';
import { SIM_MARKERS } from './sim-binlogs.ts';
import type { CommandFault } from './sim-port.ts';
import { SIM_FLAVOURS, type SimFlavour } from './sim-server.ts';
import { nameOf } from './transactions.ts';
import type { World } from './world.ts';

/** One story of a failure, made from a seed: what the servers are like, how the primary fails, and what else goes wrong. */
export interface Scenario {
  readonly seed: number;
  readonly flavour: SimFlavour;
  readonly replicas: number;
  readonly random: Random;
  readonly config: Readonly<Record<string, unknown>>;
  readonly rules: ReadonlyMap<number, PromotionRule>;
  readonly failure: 'crash' | 'hang';
  /** Dies together with the primary; null = none. */
  readonly alsoDies: number | null;
  /** When the old primary comes back, writable, after the failure; null = never. */
  readonly returnsAfterMs: number | null;
  /** Nobody has GTIDs; all go by file and position. */
  readonly isByPlace: boolean;
  /** null: a primary and its direct replicas. */
  readonly tree: BinlogServerTree | null;
  /** null: server 1 follows nobody. */
  readonly pair: Pair | null;
  /** Without GTIDs: Pseudo-GTID entries are there, and are recognised. */
  readonly knowsPseudoGtid: boolean;
  /** A server that hangs when it is told something goes on after this long; null = never. */
  readonly wakesAfterMs: number | null;
  /** Probability that a command meets with a fault. */
  readonly faultRate: number;
}

export interface ScenarioOptions {
  /** No faults, no returning primary: what goes wrong is our own death. */
  readonly isCalm?: boolean;
  readonly isByPlace?: boolean;
  /** Binlog servers read the primary's log; all go by file and position. */
  readonly hasBinlogServers?: boolean;
  /** Servers 1 and 2 follow each other. */
  readonly isPair?: boolean;
}

export function makeScenario(seed: number, options: ScenarioOptions = {}): Scenario {
  const random = createRandom(seed);
  const flavourOfTree = options.hasBinlogServers === true ? random.pick(SIM_FLAVOURS) : null;
  const tree = flavourOfTree === null ? null : growTree(flavourOfTree, random);
  const flavourOfPair = options.isPair === true ? random.pick(SIM_FLAVOURS) : null;
  const pair = flavourOfPair === null ? null : makePair(flavourOfPair, options.isByPlace === true, random);
  const specs = tree?.specs ?? pair?.specs ?? null;
  const replicas = specs === null ? random.between(2, 5) : specs.length - 1;
  const isCalm = options.isCalm === true;
  const rules = new Map<number, PromotionRule>();
  for (let number = 2; number <= replicas + 1; number += 1)
    if (random.chance(0.2)) rules.set(number, random.pick(['must', 'prefer', 'prefer_not', 'must_not']));
  const isByPlace = options.isByPlace === true || tree !== null;
  const knowsPseudoGtid = isByPlace && random.chance(0.5);
  return {
    seed,
    isByPlace,
    tree,
    pair,
    knowsPseudoGtid,
    flavour: flavourOfTree ?? flavourOfPair ?? random.pick(SIM_FLAVOURS),
    replicas,
    random,
    config: {
      PreventCrossDataCenterMasterFailover: random.chance(0.2),
      FailMasterPromotionIfSQLThreadNotUpToDate: random.chance(0.1),
      ...(knowsPseudoGtid ? SIM_MARKERS : {}),
      ...(pair === null ? {} : { CoMasterRecoveryMustPromoteOtherCoMaster: random.chance(0.5) }),
    },
    rules,
    failure: !isCalm && random.chance(0.2) ? 'hang' : 'crash',
    alsoDies: random.chance(0.15) ? random.between(2, replicas + 1) : null,
    returnsAfterMs: !isCalm && random.chance(0.4) ? random.between(5, 4_000) : null,
    wakesAfterMs: wakesAfter(seed),
    faultRate: !isCalm && random.chance(0.5) ? random.pick([0.02, 0.1, 0.3]) : 0,
  };
}

/** By dice of its own, so that the stories of seeds that found something once stay what they were. */
function wakesAfter(seed: number): number | null {
  const random = createRandom(seed + 1_000_003);
  return random.chance(0.6) ? random.pick([1_500, 4_000, 7_000, 20_000]) : null;
}

/** Replicas that a person had stopped, or whose applier cannot go on: they need not follow in the end. */
export interface Oddities {
  readonly receiverStopped: ReadonlySet<number>;
  readonly applierStopped: ReadonlySet<number>;
  /** Delayed, slow to answer, blocked for long, or bound to break: they may be lost. */
  readonly hindered: Set<number>;
}

/** Nobody waits for an answer that long. */
const TOO_SLOW_MS = 1_200;

const replicaNumbers = ({ replicas }: Scenario): number[] => Array.from({ length: replicas }, (_, index) => index + 2);

/** Gives the replicas their characters: stopped threads, delays, slow answers, data centres. Before the failure. */
export function makeOdd(scenario: Scenario, world: World): Oddities {
  const { random } = scenario;
  const receiverStopped = new Set<number>();
  const applierStopped = new Set<number>();
  const hindered = new Set<number>();
  for (const number of replicaNumbers(scenario)) {
    const server = world.server(number);
    const { replication } = server;
    if (replication === null) continue;
    server.dataCenter = random.chance(0.3) ? 'far' : '';
    server.answersAfterMs = random.chance(0.05) ? random.pick([100, 600]) : 1;
    if (random.chance(0.08)) {
      replication.receiverStarted = false;
      replication.receiverConnected = false;
      receiverStopped.add(number);
    }
    if (random.chance(0.08) && !server.isBinlogServer) {
      replication.applierStarted = false;
      applierStopped.add(number);
    }
    if (random.chance(0.06) && !server.isBinlogServer) replication.delaySeconds = 3600;
    if (replication.delaySeconds > 0 || server.answersAfterMs > 1) hindered.add(number);
    if (receiverStopped.has(number) || applierStopped.has(number) || replication.delaySeconds > 0)
      world.tell(
        `${number}: ${receiverStopped.has(number) ? 'receiver stopped by a person ' : ''}${applierStopped.has(number) ? 'applier stopped by a person ' : ''}${replication.delaySeconds > 0 ? 'delayed' : ''}`,
      );
  }
  return { receiverStopped, applierStopped, hindered };
}

/** Just before the failure links and appliers differ, so that each replica has something else. */
export function makeUneven(scenario: Scenario, world: World, { hindered }: Oddities): void {
  const { random } = scenario;
  for (const number of replicaNumbers(scenario)) {
    const server = world.server(number);
    server.receiveSpeed = random.pick([0, 1, 1, 10]);
    server.applySpeed = random.pick([0, 0, 1, 10]);
    const next = world.server(1).written + random.between(1, 10);
    if (random.chance(0.06)) server.breaksAt = nameOf({ origin: 1, sequence: next });
    if (server.breaksAt !== null) hindered.add(number);
    if (server.applySpeed === 0) {
      const thawsAfterMs = random.pick([200, 2_000, 4_000, 30_000]);
      if (thawsAfterMs > 4_000) hindered.add(number);
      void world.clock.sleep(thawsAfterMs).then(() => {
        world.advance();
        server.applySpeed = random.pick([1, 10]);
        world.tell(`${number}: its applier moves again`);
      });
    }
  }
}

/**
 * The primary fails as the seed says. Links are well again: what was not received is gone. Gives the replicas that are too busy
 * to answer for a while, and so turn up late.
 */
export function fail(scenario: Scenario, world: World, onReturn: () => void): readonly number[] {
  const { random } = scenario;
  const busy = replicaNumbers(scenario).filter(() => random.chance(0.1));
  for (const number of busy) {
    const server = world.server(number);
    server.answersAfterMs = TOO_SLOW_MS;
    void world.clock.sleep(random.pick([200, 700, 1_500, 4_000])).then(() => {
      server.answersAfterMs = 1;
      world.tell(`${number}: answers quickly again`);
    });
  }
  const primary = world.server(1);
  if (scenario.failure === 'crash')
    world.crash(
      1,
      replicaNumbers(scenario).filter(() => random.chance(0.3)),
    );
  else {
    world.hang(1);
    world.zombies.add(1);
  }
  for (const number of replicaNumbers(scenario)) world.server(number).receiveSpeed = 10;
  if (scenario.alsoDies !== null) world.crash(scenario.alsoDies);
  if (scenario.returnsAfterMs === null) return busy;
  void world.clock.sleep(scenario.returnsAfterMs).then(() => {
    world.zombies.add(1);
    if (primary.isHung) world.wake(1);
    else world.restart(1, false);
    onReturn();
  });
  return busy;
}

/** The next fault of the seed; never at the old primary, whose fencing is looked at by itself. */
export function nextFault(scenario: Scenario, number: number): CommandFault {
  const { random, faultRate } = scenario;
  if (number === 1 || !random.chance(faultRate)) return 'none';
  return random.pick(['not-sent', 'not-sent', 'answer-lost', 'dies-before', 'dies-after', 'hangs']);
}

/** A short name of the story for the test's report. */
export const describeScenario = (scenario: Scenario): string =>
  `${scenario.flavour}${scenario.isByPlace ? ` by place${scenario.knowsPseudoGtid ? ' with Pseudo-GTID' : ''}` : ''}, ${scenario.replicas} replicas, ${scenario.failure}, faults ${scenario.faultRate}, rules ${
    [...scenario.rules].map(([number, rule]) => `${number}=${rule}`).join(' ') || 'none'
  }${scenario.wakesAfterMs === null ? '' : `, who hangs goes on after ${scenario.wakesAfterMs} ms`}${scenario.tree === null ? '' : `, ${describeTree(scenario.tree)}`}${scenario.pair === null ? '' : `, ${describePair(scenario.pair)}, ${JSON.stringify(scenario.config)}`}${scenario.alsoDies === null ? '' : `, ${scenario.alsoDies} dies too`}${
    scenario.returnsAfterMs === null ? '' : `, returns after ${scenario.returnsAfterMs} ms`
  }`;
