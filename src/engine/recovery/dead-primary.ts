import { messageOf } from '../../model/error.ts';
import { isEmptyGtidSet } from '../../model/gtid-set.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import { progressOf } from '../../model/received.ts';
import type { ServerRecord } from '../../model/server-record.ts';
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
  /** The stored list of deposed primaries has changed: whoever watches them must know before we go on. Never rejects. */
  onDeposedChanged(): Promise<void>;
  audit(run: RecoveryRun, message: string): void;
}

export interface DeadPrimarySettings extends FailoverSettings {
  readonly maxConcurrentOperations: number;
}

/** Rounds of plan and stage before a recovery gives up; each round does one stage, or excludes one replica. */
const MAX_ROUNDS = 30;
/**
 * How long the failed primary may take to answer the last question before the point of no return. A dead one refuses at once; one
 * that is alive and far away needs several round trips for connection, greeting and login.
 */
const LAST_KNOCK_MS = 1_000;
/** How long a successor that could not be promoted may take to say how it is now. */
const LAST_LOOK_MS = 1_000;
/** A successor that was begun is tried again this often, with a pause, before it is left to a person. */
const COMMITTED_RETRIES = 5;
const RETRY_PAUSE_MS = 500;
/** A refusal may be due to a server that answers again in a moment; as the last word it would block the cluster for long. */
const REFUSAL_RETRIES = 3;
/** A successor that refuses connections this often, a pause apart, is as dead as the primary it was to replace. */
const REFUSALS_TO_ABANDON = 2;

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
  let refusalRetriesLeft = REFUSAL_RETRIES;
  let refusals = 0;
  if (run.intent.phase === 'promoting' && run.intent.successor !== null) await depose(run, run.intent.successor, deps);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const plan = await planNext(run, deps, settings);
    const isCommitted = run.intent.phase === 'promoting';
    if (plan.kind === 'refusal') {
      if (retriesLeft === 0) return { kind: 'failed', reason: refusalSentence(plan) };
      if (!isCommitted) {
        const returned = run.abandoned.length > 0 ? null : await primaryReturned(run, deps);
        if (returned !== null) return { kind: 'cancelled', reason: returned };
        if (refusalRetriesLeft === 0) return { kind: 'failed', reason: refusalSentence(plan) };
        refusalRetriesLeft -= 1;
        await deps.clock.sleep(RETRY_PAUSE_MS);
        continue;
      }
      refusals = (await successorRefuses(run, deps)) ? refusals + 1 : 0;
      if (refusals >= REFUSALS_TO_ABANDON) {
        await abandon(run, deps);
        [refusals, retriesLeft] = [0, COMMITTED_RETRIES];
        continue;
      }
      retriesLeft -= 1;
      deps.audit(run, `${refusalSentence(plan)}; trying again`);
      await deps.clock.sleep(RETRY_PAUSE_MS);
      continue;
    }
    if (round === 0) for (const reason of plan.reasons) deps.audit(run, reason);
    const stage = plan.stages[0];
    if (stage === undefined || stage.name === 'repoint') {
      // Only without ApplyMySQLPromotionAfterMasterFailover can it come here uncommitted: the successor is chosen, not opened.
      if (!isCommitted) await commit(run, plan.successor, deps);
      await enter(run, 'promoted', deps);
      return { kind: 'promoted', successor: plan.successor, lost: plan.absent };
    }
    if (stage.name === 'promote') {
      const isForwardOnly = isCommitted || run.abandoned.length > 0;
      const returned = isForwardOnly ? null : await primaryReturned(run, deps);
      if (returned !== null) return { kind: 'cancelled', reason: returned };
      if (!isCommitted) await commit(run, plan.successor, deps);
    }
    const outcome = await runStage(stage, run, deps, settings);
    const trouble = takeOutcome(outcome, run);
    if (stage.name === 'silence' && !isCommitted) await enter(run, 'silenced', deps);
    if (stage.name === 'promote' && trouble !== null) {
      if (await canStillChoose(plan.successor, deps)) await uncommit(run, plan.successor, trouble, deps);
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
  let plan = await planNext(run, deps, settings);
  if (plan.kind === 'refusal' && run.intent.successor !== null) {
    // It died a moment after it took writes. The others are made its replicas all the same: then its death is an ordinary one,
    // with witnesses and the block period, instead of siblings that wait for nobody.
    deps.audit(run, `${refusalSentence(plan)}; the others are pointed at it all the same`);
    run.errors.push(refusalSentence(plan));
    plan = await planNext(run, deps, settings, run.intent.successor);
  }
  if (plan.kind === 'refusal') {
    run.errors.push(refusalSentence(plan));
    deps.audit(run, refusalSentence(plan));
    return run.entry.view.replicas.filter(
      (key) => run.intent.successor === null || !sameKey(key, run.intent.successor),
    );
  }
  for (const { explanation } of plan.unfit) {
    run.errors.push(explanation);
    deps.audit(run, explanation);
  }
  const unfit = run.intent.members.filter((key) => plan.unfit.some(({ subject }) => subject === formatKey(key)));
  const left = [...run.abandoned, ...plan.absent, ...unfit];
  const stage = plan.stages.find(({ name }) => name === 'repoint');
  if (stage === undefined) return left;
  const outcome = await runStage(stage, run, deps, settings);
  const failed = outcome.lanes.filter(({ failure }) => failure !== null);
  for (const { lane, failure } of failed) run.errors.push(`${formatKey(lane.server)}: ${failure?.reason ?? ''}`);
  const lost = failed.filter(({ lane }) => !isOnItsWay(lane.server, plan.successor, deps));
  return [...left, ...lost.map(({ lane }) => lane.server)];
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

/** What would be done now, without doing it; also the dry run. `trusted`: planned with as last read, though it may not answer. */
export async function planNext(
  run: RecoveryRun,
  deps: DeadPrimaryDeps,
  settings: DeadPrimarySettings,
  trusted: InstanceKey | null = null,
): Promise<FailoverPlan | Refusal> {
  const { intent } = run;
  const { records, fresh: answered } = await readMembers(deps, intent.members, intent.failed);
  const fresh = trusted === null ? answered : new Set([...answered, formatKey(trusted)]);
  for (const record of records) remember(record, run);
  return planFailover({
    clusterName: intent.clusterName,
    failed: intent.failed,
    records: [...records, ...failedOf(run, deps)],
    fresh,
    explicitCandidate: run.candidate,
    committedSuccessor: intent.successor,
    excluded: run.excluded,
    family: new Set(run.entry.view.replicas.map(formatKey)),
    silenced: run.silenced,
    seen: run.seen,
    settings,
  });
}

/** Keeps what a silenced replica has, unless it may be counting a transaction that came only in part. */
function remember({ key, instance }: ServerRecord, run: RecoveryRun): void {
  const name = formatKey(key);
  if (instance === null || instance.replication?.receiver.state !== 'stopped' || !run.silenced.has(name)) return;
  const progress = progressOf(instance);
  if (progress.completeText === '' || (progress.kind === 'oracle' && !isEmptyGtidSet(progress.doubtful))) return;
  run.seen.set(name, (run.seen.get(name) ?? new Set()).add(progress.completeText));
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
 * happens to us from here on, the next start goes on, and the failed primary is fenced when it shows up. The successor may have
 * been deposed itself once: it must not be fenced for that when it takes writes.
 *
 * The intent comes first, and is the last to go (uncommit): should we die in between, a recovery that may still be called off
 * never leaves a primary behind that is fenced when it returns. The next process deposes it again.
 */
async function commit(run: RecoveryRun, successor: InstanceKey, deps: DeadPrimaryDeps): Promise<void> {
  run.intent = { ...run.intent, successor };
  await enter(run, 'promoting', deps);
  await depose(run, successor, deps);
  const { failed, epoch } = run.intent;
  deps.audit(run, `${formatKey(successor)} will be the primary; ${formatKey(failed)} is deposed (epoch ${epoch})`);
}

async function depose({ intent }: RecoveryRun, successor: InstanceKey, deps: DeadPrimaryDeps): Promise<void> {
  await deps.store.saveDeposed({
    key: intent.failed,
    serverUuid: intent.failedServerUuid,
    serverId: intent.failedServerId,
    clusterName: intent.clusterName,
    epoch: intent.epoch,
    successor,
    deposedAtMs: deps.clock.now(),
    fencedAtMs: null,
  });
  await deps.store.removeDeposed(successor);
  await deps.onDeposedChanged();
}

/**
 * True while the successor still has its source: then nothing was done to it that another choice would not survive. It is asked
 * anew, since a command whose answer was lost may have been obeyed all the same; if it does not answer, what it said last holds.
 */
async function canStillChoose(successor: InstanceKey, deps: DeadPrimaryDeps): Promise<boolean> {
  const previous = deps.fleet.recordOf(successor)?.instance ?? null;
  const reading = await deps.servers.probe(successor, { deadlineMs: LAST_LOOK_MS, depth: 'replication', previous });
  if (reading.kind === 'answered') deps.fleet.answered(reading.instance);
  const instance = reading.kind === 'answered' ? reading.instance : previous;
  return instance?.replication != null;
}

/** A successor that was given up replicates as before: its applier, which the promotion had stopped, runs again. */
async function restartApplier(run: RecoveryRun, successor: InstanceKey, deps: DeadPrimaryDeps): Promise<void> {
  const instance = deps.fleet.recordOf(successor)?.instance ?? null;
  if (instance?.replication?.applier.state !== 'stopped') return;
  const outcome = await deps.servers.execute(instance, { kind: 'start-applier' }, { deadlineMs: LAST_LOOK_MS });
  const name = formatKey(successor);
  deps.audit(run, outcome.kind === 'done' ? `${name}: ${outcome.statements.join('; ')}` : outcome.failure.message);
}

async function uncommit(
  run: RecoveryRun,
  successor: InstanceKey,
  trouble: string,
  deps: DeadPrimaryDeps,
): Promise<void> {
  run.excluded.push({ key: successor, reason: trouble });
  // Nobody has replaced it yet: if it comes back now, the recovery is called off and it must not be fenced.
  if (run.abandoned.length === 0) {
    await deps.store.removeDeposed(run.intent.failed);
    await deps.onDeposedChanged();
  }
  run.intent = { ...run.intent, successor: null };
  await enter(run, 'silenced', deps);
  deps.audit(run, `${formatKey(successor)} still has its source and is given up as successor: ${trouble}`);
  await restartApplier(run, successor, deps);
}

/** Its machine answers that nobody listens: the process is gone, not just out of our sight, so nobody can write to it. */
async function successorRefuses({ intent }: RecoveryRun, deps: DeadPrimaryDeps): Promise<boolean> {
  if (intent.successor === null) return false;
  const knock = await deps.servers.knock(intent.successor, LAST_KNOCK_MS);
  return knock.kind === 'failed' && knock.failure.kind === 'refused';
}

/**
 * The successor died after it had forgotten its source, perhaps after it had become writable. The others replace it; should it
 * come back, it is fenced like the failed primary. From here the recovery goes forward only.
 */
async function abandon(run: RecoveryRun, deps: DeadPrimaryDeps): Promise<void> {
  const { intent } = run;
  const { successor } = intent;
  if (successor === null) return;
  const instance = deps.fleet.recordOf(successor)?.instance ?? null;
  await deps.store.saveDeposed({
    key: successor,
    serverUuid: instance?.serverUuid ?? null,
    serverId: instance?.serverId ?? 0,
    clusterName: intent.clusterName,
    epoch: intent.epoch,
    successor: null,
    deposedAtMs: deps.clock.now(),
    fencedAtMs: null,
  });
  run.abandoned.push(successor);
  run.excluded.push({ key: successor, reason: 'it died while it was being promoted' });
  run.errors.push(`${formatKey(successor)} died while it was being promoted`);
  run.intent = { ...intent, successor: null };
  await enter(run, 'silenced', deps);
  await deps.onDeposedChanged();
  deps.audit(
    run,
    `${formatKey(successor)} died while it was being promoted; another is chosen, and it is deposed as well`,
  );
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
  let epoch: number;
  try {
    epoch = await deps.store.currentEpoch(run.intent.clusterName);
  } catch (thrown) {
    return `whether a newer recovery has begun is not known: ${messageOf(thrown)}`;
  }
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
