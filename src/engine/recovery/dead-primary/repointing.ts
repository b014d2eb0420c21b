import type { InstanceKey } from '../../../model/instance-key.ts';
import { formatKey, isDetachedKey, reattachedKey, sameKey } from '../../../model/instance-key.ts';
import type { FailoverInput } from '../../../plan/failover/input.ts';
import type { FailoverPlan } from '../../../plan/failover/plan-failover.ts';
import { binlogServerAt } from '../../../plan/failover/readers.ts';
import { REPOINT, REPOINT_LATER } from '../../../plan/failover/stages.ts';
import type { Refusal, Stage } from '../../../plan/plan.ts';
import { relaysOf } from '../family.ts';
import type { RecoveryRun } from '../run.ts';
import type { DeadPrimaryDeps, DeadPrimarySettings } from './deps.ts';
import { planNext, refusalSentence } from './planning.ts';
import { movesAtRest, runStage } from './stage.ts';

/**
 * Makes every sibling follow the successor; returns those that do not. A binlog server that cannot be moved is left, and its replicas go
 * by themselves: `isAgain` then.
 */
export async function repointSiblings(
  run: RecoveryRun,
  deps: DeadPrimaryDeps,
  settings: DeadPrimarySettings,
  isAgain = false,
): Promise<readonly InstanceKey[]> {
  const plan = await planBehindSuccessor(run, deps, settings);
  if (plan.kind === 'refusal') {
    run.errors.push(refusalSentence(plan));
    deps.audit(run, refusalSentence(plan));
    return run.entry.view.replicas.filter(
      (key) => run.intent.successor === null || !sameKey(key, run.intent.successor),
    );
  }
  for (const { explanation } of plan.unfit) {
    if (isAgain && run.errors.includes(explanation)) continue;
    run.errors.push(explanation);
    deps.audit(run, explanation);
  }
  run.silentAtRepointing = plan.absent;
  const unfit = run.intent.members.filter((key) => plan.unfit.some(({ subject }) => subject === formatKey(key)));
  const left = [...run.abandoned, ...plan.absent, ...unfit, ...detachedBefore(run, deps)];
  const failed = await lostIn(REPOINT, plan, run, deps, settings);
  const records = run.intent.members.flatMap((key) => deps.fleet.recordOf(key) ?? []);
  const known = { records, ...relaysOf(run.intent) };
  const servers = failed.filter((key) => binlogServerAt(key, known) !== null);
  if (servers.length > 0 && !isAgain) {
    for (const key of servers)
      run.excluded.push({ key, reason: 'it could not be pointed at the successor', isLeft: true });
    return repointSiblings(run, deps, settings, true);
  }
  return withReaders([...left, ...failed], known);
}

/**
 * What is left to do where the successor takes writes. One that died a moment after is planned with as last read: the others are made its
 * replicas all the same, so that its death is an ordinary one, with witnesses and the block period, instead of siblings that wait for nobody.
 */
async function planBehindSuccessor(
  run: RecoveryRun,
  deps: DeadPrimaryDeps,
  settings: DeadPrimarySettings,
): Promise<FailoverPlan | Refusal> {
  const plan = await planNext(run, deps, settings);
  if (plan.kind === 'plan' || run.intent.successor === null) return plan;
  deps.audit(run, `${refusalSentence(plan)}; the others are pointed at it all the same`);
  run.errors.push(refusalSentence(plan));
  return planNext(run, deps, settings, run.intent.successor);
}

/** A replica of a binlog server that is lost gets no more than that does. */
function withReaders(
  lost: readonly InstanceKey[],
  known: Pick<FailoverInput, 'records' | 'relays'>,
): readonly InstanceKey[] {
  const isLost = (key: InstanceKey): boolean => lost.some((one) => sameKey(one, key));
  const readers = known.records.flatMap(({ key, instance }) => {
    const source = instance?.replication?.source;
    const isReader = source !== undefined && isLost(source) && binlogServerAt(source, known) !== null;
    return isReader && !isLost(key) ? [key] : [];
  });
  return readers.length === 0 ? lost : withReaders([...lost, ...readers], known);
}

/** Lost, and detached for it, by the process that went on with this recovery before us: they follow the failed primary no more. */
function detachedBefore({ intent, isResumed }: RecoveryRun, { fleet }: DeadPrimaryDeps): readonly InstanceKey[] {
  if (!isResumed) return [];
  return intent.members.filter((key) => {
    const source = fleet.recordOf(key)?.instance?.replication?.source;
    if (source === undefined || !isDetachedKey(source)) return false;
    return [intent.failed, ...intent.members].some((one) => sameKey(one, reattachedKey(source)));
  });
}

/**
 * Whoever did not answer when the others were moved, and does by now, is moved after all: it is not to be detached, healthy as it is.
 * @returns those of the lost that are so still.
 */
export async function repointReturned(
  run: RecoveryRun,
  deps: DeadPrimaryDeps,
  settings: DeadPrimarySettings,
): Promise<readonly InstanceKey[]> {
  const { silentAtRepointing: silent = [] } = run;
  if (silent.length === 0) return run.lost;
  const plan = await planBehindSuccessor(run, deps, settings);
  const wasSilent = (key: InstanceKey): boolean => silent.some((one) => sameKey(one, key));
  const returned = plan.kind === 'refusal' ? [] : lanesOf(REPOINT, plan).filter(({ server }) => wasSilent(server));
  if (plan.kind === 'refusal' || returned.length === 0) return run.lost;
  for (const { server } of returned) deps.audit(run, `${formatKey(server)} answers by now, and is moved after all`);
  const failed = await lostAmong({ name: REPOINT, lanes: returned }, plan, run, deps, settings);
  const follows = returned.map(({ server }) => server).filter((key) => !failed.some((one) => sameKey(one, key)));
  return run.lost.filter((key) => !follows.some((one) => sameKey(one, key)));
}

/** Makes those follow that were put off since they are far behind; returns those that do not. */
export async function repointPostponed(
  run: RecoveryRun,
  deps: DeadPrimaryDeps,
  settings: DeadPrimarySettings,
): Promise<readonly InstanceKey[]> {
  if (settings.postponeOnLagMinutes === 0) return [];
  const plan = await planBehindSuccessor(run, deps, settings);
  if (plan.kind === 'refusal') return [];
  // One that answered when the others were moved, and does not any more.
  const silent = plan.absent.filter((key) => {
    const source = deps.fleet.recordOf(key)?.instance?.replication?.source;
    const isLeft = source !== undefined && sameKey(source, run.intent.failed);
    return isLeft && !run.lost.some((one) => sameKey(one, key));
  });
  return [...silent, ...(await lostIn(REPOINT_LATER, plan, run, deps, settings))];
}

/** Runs one of the plan's stages; returns the servers that neither follow the successor then nor are on their way. */
async function lostIn(
  stageName: string,
  plan: FailoverPlan,
  run: RecoveryRun,
  deps: DeadPrimaryDeps,
  settings: DeadPrimarySettings,
): Promise<readonly InstanceKey[]> {
  const lanes = lanesOf(stageName, plan);
  return lanes.length === 0 ? [] : lostAmong({ name: stageName, lanes }, plan, run, deps, settings);
}

const lanesOf = (stageName: string, { stages }: FailoverPlan): Stage['lanes'] =>
  stages.find(({ name }) => name === stageName)?.lanes ?? [];

async function lostAmong(
  stage: Stage,
  plan: FailoverPlan,
  run: RecoveryRun,
  deps: DeadPrimaryDeps,
  settings: DeadPrimarySettings,
): Promise<readonly InstanceKey[]> {
  const outcome = await runStage(stage, run, deps, settings);
  const failed = outcome.lanes.filter(({ failure }) => failure !== null);
  const atRest = outcome.lanes.filter(({ lane, failure }) => failure === null && movesAtRest(lane));
  run.leftStopped = [...(run.leftStopped ?? []), ...atRest.map(({ lane }) => lane.server)];
  for (const { lane, failure } of failed) run.errors.push(`${formatKey(lane.server)}: ${failure?.reason ?? ''}`);
  return failed.map(({ lane }) => lane.server).filter((key) => !isOnItsWay(key, plan.successor, deps));
}

/**
 * Moved, only not connected yet: no lost replica (historic: moved is moved). Downtimed as lost it could not bear witness when
 * what it waits for is a successor that has died as well.
 */
function isOnItsWay(key: InstanceKey, successor: InstanceKey, deps: DeadPrimaryDeps): boolean {
  const replication = deps.fleet.recordOf(key)?.instance?.replication ?? null;
  return (
    replication !== null &&
    sameKey(replication.source, successor) &&
    replication.receiver.state === 'other' &&
    replication.applier.state === 'running'
  );
}
