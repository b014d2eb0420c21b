import type { OperationOutcome } from '../../../src/engine/operations/outcome.ts';
import type { OperationRecord } from '../../../src/engine/ports.ts';
import { formatKey } from '../../../src/model/instance-key.ts';
import type { OperationPlan } from '../../../src/plan/operations/input.ts';
import type { OperationKind, OperationRequest } from '../../../src/plan/operations/request.ts';
import type { World } from '../world.ts';
import { NOT_THERE } from './correlate.ts';
import { expectedStates } from './expected.ts';
import { accuse, isGoingOn, judgeRings, judgeStates, NO_WAY_BACK, partOf, sentAway, worldStates } from './op-judge.ts';
import type { OpProcess } from './op-process.ts';
import { describeFleet, type OpScenario, pass } from './op-scenario.ts';
import { allow, ask, judgeEnd, type Stage, setStage, tellOutcome, tellRequest } from './op-story.ts';
import { pickRequest } from './pick-request.ts';

/** What a person does about an operation that was left in the middle. */
export const REMEDIES = ['undo', 'finish', 'plan, then undo', 'plan, then finish'] as const;
export type Remedy = (typeof REMEDIES)[number];

export interface Interruption {
  readonly remedy: Remedy;
  /** The process that runs the operation dies after so many deeds; null = never. */
  readonly diesAfterDeeds: number | null;
  /** So does the one that takes it up. */
  readonly heirDiesAfterDeeds: number | null;
  readonly kinds?: readonly OperationKind[];
  /** Asks for something in particular; null when this world has nothing of the kind. */
  readonly pick?: (stage: Stage) => OperationRequest | null;
  /** True when the plan was past its point of no return: what was done before that stands, and this has judged it. */
  readonly isForGood?: (world: World, plan: OperationPlan) => boolean;
}

export interface InterruptedStory {
  readonly scenario: OpScenario;
  readonly world: World;
  /** Deeds of the first process; 0 when nothing could be asked of this world. */
  readonly deeds: number;
  readonly kind: OperationKind | null;
}

const ATTEMPTS = 25;

/** One operation in a calm world, killed in the middle; another process takes it up. */
export async function playInterrupted(seed: number, interruption: Interruption): Promise<InterruptedStory> {
  const stage = await setStage(seed, { isCalm: true });
  const { scenario, world, store } = stage;
  world.tell(describeFleet(scenario));
  const request = await findRequest(stage, interruption);
  if (request === null) return { scenario, world, deeds: 0, kind: null };
  allow(stage, request);
  tellRequest(world, request);
  const first = await stage.start('sim:1', interruption.diesAfterDeeds);
  const before = worldStates(world);
  const outcome = await ask(stage, first, first.operations.run(request, 'tester'));
  if (outcome !== null) tellOutcome(world, outcome);
  await pass(world, scenario.random.pick([0, 20, 1_500]));
  if (first.isDead()) await takeUp(stage, interruption, before, request);
  judgeRings(world, stage.pairs);
  if (store.locks().length > 0) accuse(world, `locks are left: ${store.locks().map(({ reason }) => reason)}`);
  await judgeEnd(stage);
  const deeds = first.countDeeds();
  first.kill();
  return { scenario, world, deeds, kind: request.kind };
}

/** A request that this world does not refuse, and that has something to do. */
async function findRequest(stage: Stage, { kinds, pick }: Interruption): Promise<OperationRequest | null> {
  const { world, scenario } = stage;
  const scout = await stage.start('scout', null);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const request = pick === undefined ? pickRequest(world, scenario.random, kinds) : pick(stage);
    if (request === null) break;
    const made = await ask(stage, scout, scout.operations.plan(request));
    if (made?.kind === 'plan' && made.stages.length > 0) {
      scout.kill();
      return request;
    }
  }
  scout.kill();
  return null;
}

type States = ReturnType<typeof worldStates>;

/** The next process finds what was left, and does what the person says; if it dies over it, one more does the same. */
async function takeUp(
  stage: Stage,
  interruption: Interruption,
  before: States,
  request: OperationRequest,
): Promise<void> {
  const { world } = stage;
  let plan: OperationPlan | null = null;
  for (const [owner, dies] of [
    ['sim:2', interruption.heirDiesAfterDeeds],
    ['sim:3', null],
  ] as const) {
    const heir = await stage.start(owner, dies);
    const open = await stage.store.operations.readOpen();
    if (open.length === 0) return judgeClosed(stage, plan, before, request, interruption);
    await judgeReported(stage, heir, open);
    for (const record of open) {
      plan = JSON.parse(record.planJson) as OperationPlan;
      if (interruption.remedy.startsWith('plan')) await ask(stage, heir, heir.operations.plan(request));
      world.tell(`${owner} ${interruption.remedy} ${record.purpose}`);
      if (interruption.remedy.endsWith('undo')) await undo(stage, heir, record, before, interruption);
      else await finish(stage, heir, record, before);
    }
    if (!heir.isDead()) return;
    await pass(world, 20);
  }
}

/** It was killed when all was done, or before anything was: no record is left, and one or the other must be so. */
function judgeClosed(
  { world }: Stage,
  plan: OperationPlan | null,
  before: States,
  request: OperationRequest,
  { isForGood }: Interruption,
): void {
  if (plan !== null && isForGood?.(world, plan) === true) return;
  const isAsBefore = JSON.stringify([...worldStates(world)]) === JSON.stringify([...before]);
  if (!isAsBefore && plan !== null) judgeReached(world, plan, before, request);
}

async function judgeReported(stage: Stage, heir: OpProcess, open: readonly OperationRecord[]): Promise<void> {
  const reported = await ask(stage, heir, heir.operations.unfinished());
  if (reported === null) return;
  for (const { uid, purpose } of open)
    if (!reported.some((one) => one.uid === uid)) accuse(stage.world, `"${purpose}" is not reported as unfinished`);
}

async function undo(
  stage: Stage,
  heir: OpProcess,
  record: OperationRecord,
  before: States,
  { isForGood }: Interruption,
): Promise<void> {
  const { world } = stage;
  const leftovers = await ask(stage, heir, heir.operations.undo(record.uid, 'tester'));
  if (leftovers === null) return;
  // Its point of no return was passed, or may have been: there is only the way on.
  if (leftovers.some(({ reason }) => reason.includes('is left as it is'))) return finish(stage, heir, record, before);
  for (const { server, reason } of leftovers)
    if (!NO_WAY_BACK.test(reason) && !isGoingOn(world, server)) accuse(world, `undo leaves ${server.port}: ${reason}`);
  if (isForGood?.(world, JSON.parse(record.planJson)) === true) return;
  const told = new Set([...leftovers.map(({ server }) => formatKey(server)), ...sentAway(world)]);
  judgeStates(world, before, told, `undo of ${record.purpose}`);
}

async function finish(stage: Stage, heir: OpProcess, record: OperationRecord, before: States): Promise<void> {
  const { world } = stage;
  const outcome: OperationOutcome | null = await ask(stage, heir, heir.operations.finish(record.uid, 'tester'));
  if (outcome === null) return;
  tellOutcome(world, outcome);
  if (outcome.kind === 'failed' && outcome.reason.includes(NOT_THERE))
    return judgeStates(world, before, new Set(), `finish of ${record.purpose}`);
  if (outcome.kind !== 'done') {
    const why = outcome.kind === 'refused' ? outcome.refusal.reason : outcome.reason;
    return accuse(world, `finish of ${record.purpose} ended ${outcome.kind}: ${why}`);
  }
  for (const { server, reason } of outcome.failed)
    if (!reason.includes(NOT_THERE)) accuse(world, `finish leaves ${server.port}: ${reason}`);
  const failed = new Set(outcome.failed.map(({ server }) => formatKey(server)));
  judgeReached(world, partOf(outcome.plan, failed), before, JSON.parse(record.requestJson));
}

function judgeReached(world: World, plan: OperationPlan, before: States, request: OperationRequest): void {
  judgeStates(world, expectedStates(before, plan, request), new Set(), `${request.kind} was finished`);
}
