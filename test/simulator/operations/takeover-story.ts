import type { OperationOutcome } from '../../../src/engine/operations/outcome.ts';
import { formatKey } from '../../../src/model/instance-key.ts';
import type { OperationPlan } from '../../../src/plan/operations/input.ts';
import { type OperationRequest, TAKEOVER_KINDS } from '../../../src/plan/operations/request.ts';
import { mayWrite, type SimServer } from '../sim-server.ts';
import { nameOf } from '../transactions.ts';
import type { World } from '../world.ts';
import { expectedStates } from './expected.ts';
import { accuse, judgeLeftovers, judgeOutcome, judgeStates, type worldStates } from './op-judge.ts';
import type { OpProcess } from './op-process.ts';
import { describeFleet, pass } from './op-scenario.ts';
import { ask, carryOut, judgeEnd, judgeSuccess, type OpStory, type Stage, setStage } from './op-story.ts';

type States = ReturnType<typeof worldStates>;

/** One takeover after another in one world, clients writing to whoever lets them. */
export async function playTakeovers(seed: number, options: { readonly isCalm?: boolean } = {}): Promise<OpStory> {
  const stage = await setStage(seed, options);
  const { scenario, world, store } = stage;
  world.tell(describeFleet(scenario));
  const one = await stage.start('sim:1', null);
  const ends: OperationOutcome['kind'][] = [];
  const count = scenario.random.between(1, 3);
  for (let turn = 0; turn < count && world.violations.length === 0; turn += 1) {
    const request = pickTakeover(stage);
    if (request === null) break;
    const done = await carryOut(stage, one, request);
    if (done === null) break;
    const { before, commands, outcome } = done;
    ends.push(outcome.kind);
    if (outcome.kind === 'done') judgeHandover(world, before, request, outcome);
    else judgeOutcome(world, before, request, outcome, commands);
    if (scenario.isCalm) judgeSuccess(world, request, outcome);
    if (scenario.faultRate === 0) judgeLeftovers(world, request, outcome);
    judgeWriter(world, request, outcome);
    if (outcome.kind === 'failed' && outcome.isInDoubt === true) await settle(stage, one, before, request);
    if (store.locks().length > 0) accuse(world, `locks are left: ${store.locks().map(({ reason }) => reason)}`);
    await pass(world, scenario.random.between(0, 60));
  }
  await judgeEnd(stage);
  judgeRows(world);
  one.kill();
  return { scenario, world, ends };
}

type Done = Extract<OperationOutcome, { kind: 'done' }>;

/** Past its point of no return a takeover goes forward only: whoever could not follow is told. */
function judgeHandover(world: World, before: States, request: OperationRequest, outcome: Done): void {
  const told = new Set([...outcome.failed, ...outcome.leftovers].map(({ server }) => formatKey(server)));
  judgeStates(world, expectedStates(before, outcome.plan, request), told, `${request.kind} was done`);
}

/** Whoever died is started again, and a person takes back what was in doubt: the primary takes writes, or both are closed and it is said. */
async function settle(stage: Stage, one: OpProcess, before: States, request: OperationRequest): Promise<void> {
  const { world, scenario, store } = stage;
  const restarted = [...world.servers.values()].filter(({ isUp }) => !isUp).map(({ key }) => formatKey(key));
  for (const server of world.servers.values()) {
    if (!server.isUp) world.restart(server.number, !mayWriteBefore(before, server) || scenario.random.chance(0.5));
    if (server.isHung) world.wake(server.number);
    server.isCutOff = false;
  }
  await pass(world, 300);
  const [left] = (await ask(stage, one, one.operations.unfinished())) ?? [];
  if (left === undefined) return accuse(world, 'what is in doubt is not among the unfinished operations');
  world.tell(`UNDO of ${left.purpose}`);
  const leftovers = (await ask(stage, one, one.operations.undo(left.uid, 'tester'))) ?? [];
  for (const { server, reason } of leftovers) world.tell(`left: ${formatKey(server)}: ${reason}`);
  // Of whom we started ourselves it is only asked that nothing is done by its means.
  const told = new Set([...leftovers.map(({ server }) => formatKey(server)), ...restarted]);
  judgeStates(world, before, told, `${request.kind} was in doubt, and taken back`);
  if (leftovers.length === 0 && (await store.operations.readOpen()).length > 0)
    accuse(world, 'it was taken back, and is still unfinished');
}

const mayWriteBefore = (before: States, server: SimServer): boolean =>
  before.get(formatKey(server.key))?.isReadOnly === false;

const isPrimary = (server: SimServer): boolean => server.replication === null && mayWrite(server);

/** Of whoever is the primary now, to one of its replicas or to nobody in particular; null when nobody is. */
export function pickTakeover({ world, scenario: { random } }: Stage): OperationRequest | null {
  const primary = [...world.servers.values()].find(isPrimary);
  if (primary === undefined) return null;
  const replicas = [...world.servers.values()].filter(({ replication }) => replication?.source === primary.number);
  const designated = replicas.length > 0 && random.chance(0.6) ? random.pick(replicas) : null;
  return { kind: random.pick(TAKEOVER_KINDS), instance: primary.key, destination: designated?.key ?? null };
}

const isReachable = ({ isUp, isHung, isCutOff }: SimServer): boolean => isUp && !isHung && !isCutOff;

/** After a takeover somebody takes writes: the successor, or the primary of before; but where it could not be told to. */
function judgeWriter(world: World, { instance }: OperationRequest, outcome: OperationOutcome): void {
  if (outcome.kind === 'refused') return;
  const former = world.byKey(instance);
  if (former === null) return;
  if (outcome.kind === 'failed') {
    const isTold = outcome.leftovers.some(({ server }) => server.port === instance.port);
    if (isReachable(former) && !isTold && !mayWrite(former)) accuse(world, 'the primary was left closed');
    return;
  }
  const successor = world.byKey(outcome.plan.subject);
  if (successor === null) return;
  if (isReachable(successor) && !mayWrite(successor)) accuse(world, 'the successor takes no writes');
  if (isReachable(former) && mayWrite(former)) accuse(world, 'the former primary takes writes');
  lacks(world, successor, former);
}

/** Whatever clients were told is committed, wherever, is where they write in the end. */
function judgeRows(world: World): void {
  const writers = [...world.servers.values()].filter(isPrimary);
  const [writer] = writers;
  if (writers.length !== 1 || writer === undefined) return;
  for (const server of world.servers.values()) lacks(world, writer, server);
}

/** The successor of a takeover was opened before our process died: it stays the primary. */
export function isHandedOver(world: World, { subject, locks }: OperationPlan): boolean {
  const successor = world.byKey(subject);
  const [former] = locks.flatMap((key) => world.byKey(key) ?? []);
  if (successor === null || former === undefined || !mayWrite(successor)) return false;
  if (mayWrite(former)) accuse(world, 'both take writes');
  lacks(world, successor, former);
  return true;
}

function lacks(world: World, writer: SimServer, other: SimServer): void {
  const own = new Set([...writer.history.map(nameOf), ...writer.executed]);
  const missing = other.history.filter((one) => one.isErrant !== true && !own.has(nameOf(one))).map(nameOf);
  if (missing.length > 0) accuse(world, `${writer.number} takes writes and lacks ${missing} of ${other.number}`);
}
