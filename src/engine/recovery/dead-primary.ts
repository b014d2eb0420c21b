import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { FailoverSettings } from '../../plan/failover/input.ts';
import type { FailoverPlan } from '../../plan/failover/plan-failover.ts';
import { planFailover } from '../../plan/failover/plan-failover.ts';
import type { Refusal, Stage, Step } from '../../plan/plan.ts';
import type { ExecutionContext, Executor, StageOutcome } from '../executor/executor.ts';
import type { Fleet } from '../fleet.ts';
import type { Clock, Leadership, RecoveryPhase, RecoveryStore, Servers } from '../ports.ts';
import { readMembers } from './members.ts';
import type { RecoveryRun, RunEnd } from './run.ts';

export interface DeadPrimaryDeps {
  readonly servers: Servers;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly executor: Executor;
  readonly leadership: Leadership;
  readonly store: RecoveryStore;
  audit(run: RecoveryRun, message: string): void;
}

export interface DeadPrimarySettings extends FailoverSettings {
  readonly maxConcurrentOperations: number;
}

/** Rounds of plan and stage before a recovery gives up; each round does one stage, or excludes one replica. */
const MAX_ROUNDS = 30;
/** How long the failed primary may take to answer the last question before the point of no return. */
const LAST_KNOCK_MS = 100;
/** A successor that was begun is tried again this often, with a pause, before it is left to a person. */
const COMMITTED_RETRIES = 5;
const RETRY_PAUSE_MS = 500;

/**
 * Replaces a dead primary: one run from `prepared` to `promoted`. It plans, does the first stage, reads again and plans again,
 * until nothing is left but re-pointing; so it needs no memory besides the phase and the committed successor, and goes on after
 * our own restart by just being called again.
 *
 * States (RecoveryPhase): prepared — replicas may still listen to the failed primary. silenced — none does; until here it can be
 * called off. promoting — the successor is fixed and stored, the failed primary is stored as deposed; forward only.
 * promoted — the successor takes writes.
 */
export async function promoteSuccessor(
  run: RecoveryRun,
  deps: DeadPrimaryDeps,
  settings: DeadPrimarySettings,
): Promise<RunEnd> {
  let retriesLeft = COMMITTED_RETRIES;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const plan = await planNext(run, deps, settings);
    const isCommitted = run.intent.phase === 'promoting';
    if (plan.kind === 'refusal') {
      if (!isCommitted || retriesLeft === 0) return { kind: 'failed', reason: refusalSentence(plan) };
      retriesLeft -= 1;
      deps.audit(run, `${refusalSentence(plan)}; trying again`);
      await deps.clock.sleep(RETRY_PAUSE_MS);
      continue;
    }
    if (round === 0) for (const reason of plan.reasons) deps.audit(run, reason);
    const stage = plan.stages[0];
    if (stage === undefined || stage.name === 'repoint') {
      // Only without ApplyMySQLPromotionAfterMasterFailover can it come here uncommitted: the successor is chosen, not opened.
      if (!isCommitted) await commit(run, plan, deps);
      await enter(run, 'promoted', deps);
      return { kind: 'promoted', successor: plan.successor, lost: plan.absent };
    }
    if (stage.name === 'promote') {
      const returned = isCommitted ? null : await primaryReturned(run, deps);
      if (returned !== null) return { kind: 'cancelled', reason: returned };
      if (!isCommitted) await commit(run, plan, deps);
    }
    const outcome = await runStage(stage, run, deps, settings);
    const trouble = takeOutcome(outcome, run);
    if (stage.name === 'silence') await enter(run, 'silenced', deps);
    if (stage.name === 'promote' && trouble !== null) {
      if (canStillChoose(plan.successor, deps)) await uncommit(run, plan.successor, trouble, deps);
      else if (retriesLeft === 0)
        return { kind: 'failed', reason: `${formatKey(plan.successor)} could not be promoted: ${trouble}` };
      else await deps.clock.sleep(RETRY_PAUSE_MS);
      retriesLeft -= 1;
    }
  }
  return { kind: 'failed', reason: `no end in sight after ${MAX_ROUNDS} rounds; see the steps of the recovery` };
}

/** Makes every sibling follow the successor; returns those that do not. */
export async function repointSiblings(
  run: RecoveryRun,
  deps: DeadPrimaryDeps,
  settings: DeadPrimarySettings,
): Promise<readonly InstanceKey[]> {
  const plan = await planNext(run, deps, settings);
  if (plan.kind === 'refusal') {
    run.errors.push(refusalSentence(plan));
    deps.audit(run, refusalSentence(plan));
    return run.entry.view.replicas.filter(
      (key) => run.intent.successor === null || !sameKey(key, run.intent.successor),
    );
  }
  const stage = plan.stages.find(({ name }) => name === 'repoint');
  if (stage === undefined) return plan.absent;
  const outcome = await runStage(stage, run, deps, settings);
  const failed = outcome.lanes.filter(({ failure }) => failure !== null);
  for (const { lane, failure } of failed) run.errors.push(`${formatKey(lane.server)}: ${failure?.reason ?? ''}`);
  return [...plan.absent, ...failed.map(({ lane }) => lane.server)];
}

/** What would be done now, without doing it; also the dry run. */
export async function planNext(
  run: RecoveryRun,
  deps: DeadPrimaryDeps,
  settings: DeadPrimarySettings,
): Promise<FailoverPlan | Refusal> {
  const { intent } = run;
  const { records, fresh } = await readMembers(deps, intent.members, intent.failed);
  return planFailover({
    clusterName: intent.clusterName,
    failed: intent.failed,
    records: [...records, ...failedOf(run, deps)],
    fresh,
    explicitCandidate: run.candidate,
    committedSuccessor: intent.phase === 'promoting' || intent.phase === 'promoted' ? intent.successor : null,
    excluded: run.excluded,
    silenced: run.silenced,
    settings,
  });
}

/** The failed primary's record: the planner looks at what it was (data centre, semi-sync), never asks it. */
function failedOf(run: RecoveryRun, deps: DeadPrimaryDeps) {
  const isMember = run.intent.members.some((key) => sameKey(key, run.intent.failed));
  const record = isMember ? null : deps.fleet.recordOf(run.intent.failed);
  return record === null ? [] : [record];
}

async function enter(run: RecoveryRun, phase: RecoveryPhase, deps: DeadPrimaryDeps): Promise<void> {
  run.intent = { ...run.intent, phase, updatedAtMs: deps.clock.now() };
  await deps.store.saveIntent(run.intent);
}

/**
 * Stored before the first step that cannot be taken back: who will be primary, and that the failed one is deposed. Whatever
 * happens to us from here on, the next start goes on, and the failed primary is fenced when it shows up.
 */
async function commit(run: RecoveryRun, plan: FailoverPlan, deps: DeadPrimaryDeps): Promise<void> {
  const { intent } = run;
  await deps.store.saveDeposed({
    key: intent.failed,
    serverUuid: intent.failedServerUuid,
    serverId: intent.failedServerId,
    clusterName: intent.clusterName,
    epoch: intent.epoch,
    successor: plan.successor,
    deposedAtMs: deps.clock.now(),
    fencedAtMs: null,
  });
  run.intent = { ...intent, successor: plan.successor };
  await enter(run, 'promoting', deps);
  deps.audit(
    run,
    `${formatKey(plan.successor)} will be the primary; ${formatKey(intent.failed)} is deposed (epoch ${intent.epoch})`,
  );
}

/** True while the successor still has its source: then nothing was done to it that another choice would not survive. */
const canStillChoose = (successor: InstanceKey, deps: DeadPrimaryDeps): boolean =>
  deps.fleet.recordOf(successor)?.instance?.replication != null;

async function uncommit(
  run: RecoveryRun,
  successor: InstanceKey,
  trouble: string,
  deps: DeadPrimaryDeps,
): Promise<void> {
  run.excluded.push({ key: successor, reason: trouble });
  run.intent = { ...run.intent, successor: null };
  await enter(run, 'silenced', deps);
  deps.audit(run, `${formatKey(successor)} still has its source and is given up as successor: ${trouble}`);
}

/** A sentence when the failed primary is back; then nothing destructive has been done yet, and nothing will be. */
async function primaryReturned(run: RecoveryRun, deps: DeadPrimaryDeps): Promise<string | null> {
  const knock = await deps.servers.knock(run.intent.failed, LAST_KNOCK_MS);
  const answers = knock.kind === 'answered' || knock.failure.kind === 'answered';
  return answers
    ? `${formatKey(run.intent.failed)} answers again; the recovery is called off, nothing was changed for good`
    : null;
}

function runStage(
  stage: Stage,
  run: RecoveryRun,
  deps: DeadPrimaryDeps,
  settings: DeadPrimarySettings,
): Promise<StageOutcome> {
  const context: ExecutionContext = {
    instanceOf: (step) => deps.fleet.recordOf(step.server)?.instance ?? null,
    onReading: (instance) => deps.fleet.answered(instance),
    gate: (step) => gate(step, run, deps),
    audit: (message) => deps.audit(run, message),
    signal: new AbortController().signal,
    // A silence must be complete before anything else, however many replicas there are.
    maxLanes: stage.name === 'silence' ? stage.lanes.length : settings.maxConcurrentOperations,
  };
  return deps.executor.runStage(stage, context);
}

/** Leadership before every step; the epoch as well before one that cannot be taken back (design §3.6, §3.8). */
async function gate(step: Step, run: RecoveryRun, deps: DeadPrimaryDeps): Promise<string | null> {
  if (!deps.leadership.isLeader()) return 'this node is not the leader any more';
  if (!step.isDestructive) return null;
  const epoch = await deps.store.currentEpoch(run.intent.clusterName);
  return epoch === run.intent.epoch
    ? null
    : `a newer recovery of the cluster has begun (epoch ${epoch}, this is ${run.intent.epoch})`;
}

/** Keeps what a stage told: who was silenced, who is to be left out of the next plan. Returns what went wrong with the successor. */
function takeOutcome({ stage, lanes }: StageOutcome, run: RecoveryRun): string | null {
  let trouble: string | null = null;
  for (const { lane, failure } of lanes) {
    const name = formatKey(lane.server);
    if (stage.name === 'silence') {
      run.silenced.add(name);
      if (failure !== null)
        run.excluded.push({ key: lane.server, reason: `its receiver could not be stopped: ${failure.reason}` });
    } else if (failure !== null) {
      trouble = failure.reason;
      run.errors.push(`${stage.name} on ${name}: ${failure.reason}`);
      if (stage.name !== 'promote') run.excluded.push({ key: lane.server, reason: failure.reason });
    }
  }
  return trouble;
}

const refusalSentence = (refusal: Refusal): string => {
  const details = refusal.objections.map(({ explanation }) => explanation).filter((text) => text !== refusal.reason);
  return details.length === 0 ? refusal.reason : `${refusal.reason}: ${details.join('; ')}`;
};
