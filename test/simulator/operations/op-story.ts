import type { OperationOutcome } from '../../../src/engine/operations/outcome.ts';
import { formatKey } from '../../../src/model/instance-key.ts';
import type { OperationKind, OperationRequest } from '../../../src/plan/operations/request.ts';
import { createRandom } from '../random.ts';
import { createVirtualClock } from '../virtual-clock.ts';
import type { World } from '../world.ts';
import { NOT_THERE } from './correlate.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';
import {
  accuse,
  judgeLeftovers,
  judgeOutcome,
  judgeRings,
  judgeStates,
  laggards,
  pairsOf,
  worldStates,
} from './op-judge.ts';
import { type OpProcess, startOpProcess } from './op-process.ts';
import { cutOff, describeFleet, makeOpScenario, nextOpFault, type OpScenario, pass } from './op-scenario.ts';
import { pickRequest } from './pick-request.ts';

/** How one seed ended. */
export interface OpStory {
  readonly scenario: OpScenario;
  readonly world: World;
  readonly ends: readonly OperationOutcome['kind'][];
}

/** Longest time an operation may take: drains that run out one after another, each fault costing a deadline. */
const PATIENCE_MS = 300_000;
const SETTLING_MS = 400;
const LONGEST_SETTLING_MS = 8_000;
const START_EPOCH_MS = 1_800_000_000_000;

/** Everything that lives in one seed's world. */
export interface Stage {
  readonly scenario: OpScenario;
  readonly world: World;
  readonly store: MemoryStore;
  readonly pairs: Set<string>;
  start(owner: string, diesAfterDeeds: number | null): Promise<OpProcess>;
}

export async function setStage(seed: number, options: { readonly isCalm?: boolean } = {}): Promise<Stage> {
  const random = createRandom(seed);
  const clock = createVirtualClock(START_EPOCH_MS);
  const scenario = await makeOpScenario(seed, random, clock, options);
  const { world } = scenario;
  const store = createMemoryStore();
  const pairs = pairsOf(world);
  const processes = new Map<string, OpProcess>();
  return {
    scenario,
    world,
    store,
    pairs,
    async start(owner, diesAfterDeeds) {
      const one = startOpProcess(world, store, {
        owner,
        diesAfterDeeds,
        planning: scenario.planning,
        fault: () => nextOpFault(scenario),
        inspect: async () => undefined,
        isOtherAlive: (other) => processes.get(other)?.isDead() === false,
      });
      processes.set(owner, one);
      let isThere = false;
      void one.discover().then(() => {
        isThere = true;
      });
      await world.clock.runUntil(() => isThere || one.isDead(), 30_000);
      return one;
    },
  };
}

/** What a request makes legal that is not otherwise: two open servers, two that replicate from each other. */
export function allow({ world, pairs }: Stage, { kind, instance, destination }: OperationRequest): void {
  const server = world.byKey(instance);
  if (server === null) return;
  if (['set-writeable', 'make-master', 'make-local-master'].includes(kind)) world.zombies.add(server.number);
  const other = destination === null ? server.replication?.source : world.byKey(destination)?.number;
  const isPair = ['make-co-master', 'make-master', 'make-local-master'].includes(kind);
  if (isPair) for (const one of [other, server.replication?.source]) pairs.add([server.number, one].sort().join());
}

/** What the work comes to; null when our process died over it, or it threw, or never ended. */
export async function ask<T>({ world }: Stage, one: OpProcess, work: Promise<T>): Promise<T | null> {
  let value: T | null = null;
  let isOver = false;
  work.then(
    (result) => {
      value = result;
      isOver = true;
    },
    (thrown) => {
      accuse(world, `it threw: ${thrown instanceof Error ? thrown.stack : thrown}`);
      isOver = true;
    },
  );
  await world.clock.runUntil(() => isOver || one.isDead(), PATIENCE_MS);
  world.advance();
  if (!isOver && !one.isDead()) accuse(world, 'something does not end');
  return value;
}

/** One request, with how the world was before it, and how many commands had been sent; null when it never ended. */
export async function carryOut(stage: Stage, one: OpProcess, request: OperationRequest) {
  const { scenario, world } = stage;
  cutOff(scenario);
  const before = worldStates(world);
  const commands = world.countCommands();
  tellRequest(world, request);
  const outcome = await ask(stage, one, one.operations.run(request, 'tester'));
  if (outcome === null) return null;
  tellOutcome(world, outcome);
  return { before, commands, outcome };
}

/** Several requests one after another in one world. */
export async function playOperations(
  seed: number,
  options: { readonly isCalm?: boolean; readonly kinds?: readonly OperationKind[] } = {},
): Promise<OpStory> {
  const stage = await setStage(seed, options);
  const { scenario, world, store } = stage;
  const { random } = scenario;
  world.tell(describeFleet(scenario));
  const one = await stage.start('sim:1', null);
  const ends: OperationOutcome['kind'][] = [];
  const moves = random.between(1, 5);
  for (let move = 0; move < moves && world.violations.length === 0; move += 1) {
    const request = pickRequest(world, random, options.kinds);
    allow(stage, request);
    const done = await carryOut(stage, one, request);
    if (done === null) break;
    const { before, commands, outcome } = done;
    ends.push(outcome.kind);
    judgeOutcome(world, before, request, outcome, commands);
    judgeRings(world, stage.pairs);
    if (scenario.isCalm) judgeSuccess(world, request, outcome);
    if (scenario.faultRate === 0) judgeLeftovers(world, request, outcome);
    if (store.locks().length > 0) accuse(world, `locks are left: ${store.locks().map(({ reason }) => reason)}`);
    await pass(world, random.between(0, 60));
  }
  await judgeEnd(stage);
  one.kill();
  return { scenario, world, ends };
}

/** Nothing was in its way, so what was accepted must have come to its end. */
export function judgeSuccess(world: World, { kind }: OperationRequest, outcome: OperationOutcome): void {
  if (outcome.kind === 'refused') return;
  const { method } = outcome.plan;
  if (outcome.kind === 'failed' && !isNobodysFault(world, method, outcome.reason))
    accuse(world, `${kind} was accepted, nothing was wrong, and it failed: ${outcome.reason}`);
  if (outcome.kind !== 'done') return;
  for (const { server, reason } of outcome.failed)
    if (!isNobodysFault(world, method, reason))
      accuse(world, `${kind} was accepted, nothing was wrong, and ${formatKey(server)} failed: ${reason}`);
}

/** What cannot be known when it is planned: a place is not there (yet), it has moved on, or the other never gets that far. */
function isNobodysFault(world: World, method: string | null, reason: string): boolean {
  if (reason.includes(NOT_THERE)) return true;
  if (method?.includes('equivalence') === true && reason.includes('which is past')) return true;
  const [, name] = /(\S+) has not executed/.exec(reason) ?? [];
  const other = [...world.servers.values()].find(({ key }) => formatKey(key) === name);
  return other !== undefined && other.replication?.receiverConnected !== true;
}

/** Writing ends, links are well, and everybody comes to have what its source has. */
export async function judgeEnd({ scenario, world }: Stage): Promise<void> {
  const before = worldStates(world);
  world.areClientsWriting = false;
  for (const server of world.servers.values()) Object.assign(server, { receiveSpeed: 50, applySpeed: 50 });
  await pass(world, SETTLING_MS);
  for (let ms = 0; ms < LONGEST_SETTLING_MS && laggards(world, scenario.excused).length > 0; ms += SETTLING_MS)
    await pass(world, SETTLING_MS);
  const excused = [...scenario.excused].map((number) => formatKey(world.server(number).key));
  judgeStates(world, before, new Set(excused), 'in the end');
  for (const what of laggards(world, scenario.excused)) accuse(world, what);
}

export function tellRequest(world: World, { kind, instance, destination, ...rest }: OperationRequest): void {
  const where = destination === null ? '' : ` → ${destination.port}`;
  world.tell(`REQUEST ${kind} ${instance.port}${where} ${JSON.stringify(rest)}`);
}

export function tellOutcome(world: World, outcome: OperationOutcome): void {
  const what =
    outcome.kind === 'refused'
      ? outcome.refusal.reason
      : outcome.kind === 'failed'
        ? outcome.reason
        : `${outcome.plan.method ?? ''} failed ${outcome.failed.map(({ server, reason }) => `${server.port}: ${reason}`)}`;
  world.tell(`OUTCOME ${outcome.kind}: ${what}`);
}

/** Throws with the whole story when the judge found anything; `how` says what was done beside playing the seed. */
export function assertInnocentOperation({ scenario, world }: Pick<OpStory, 'scenario' | 'world'>, how = ''): void {
  if (world.violations.length === 0) return;
  const head = `${how}seed ${scenario.seed} (${describeFleet(scenario)}):\n- ${world.violations.join('\n- ')}`;
  throw new Error(`${head}\n\n${world.story.join('\n')}`);
}
