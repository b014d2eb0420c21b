import type { CommandKind } from '../../../model/command.ts';
import { messageOf } from '../../../model/error.ts';
import { formatKey, sameKey } from '../../../model/instance-key.ts';
import { restIn } from '../../../plan/failover/places.ts';
import type { Lane, Stage, Step } from '../../../plan/plan.ts';
import type { ExecutionContext, StageOutcome } from '../../executor/executor.ts';
import { enter, isPast } from '../phase.ts';
import type { RecoveryRun } from '../run.ts';
import type { DeadPrimaryDeps, DeadPrimarySettings } from './deps.ts';

/** Whoever has not answered for so long is given up where another can take its part. */
const SILENCE_PATIENCE_MS = 5_000;

/**
 * Sends one stage of a recovery's plan to the servers, gated by leadership and epoch. `isReplaceable`: nobody in it is waited for to the
 * end who does not answer. Throws only when the store fails.
 */
export async function runStage(
  stage: Stage,
  run: RecoveryRun,
  deps: DeadPrimaryDeps,
  settings: DeadPrimarySettings,
  isReplaceable = false,
): Promise<StageOutcome> {
  const { correlate } = deps;
  if (noteRested(stage, run, deps)) await enter(run, run.intent.phase, deps);
  const context: ExecutionContext = {
    instanceOf: (step) => deps.fleet.recordOf(step.server)?.instance ?? null,
    onReading: (instance) => deps.fleet.answered(instance),
    gate: (step) => gate(step, run, deps),
    audit: (message) => deps.audit(run, message),
    signal: new AbortController().signal,
    notes: new Map(),
    // A silence must be complete before anything else, however many replicas there are.
    maxLanes: stage.name === 'silence' ? stage.lanes.length : settings.maxConcurrentOperations,
    ...(isReplaceable ? { silencePatienceMs: SILENCE_PATIENCE_MS } : {}),
    ...(correlate === undefined
      ? {}
      : { correlate: (step, destination, signal) => correlate(step, destination, signal, run.manner?.search) }),
  };
  const outcome = await deps.executor.runStage(stage, context);
  for (const { lane, failure } of outcome.lanes) {
    const name = formatKey(lane.server);
    const rest = restIn(context.notes, name);
    // Where it rested before it went to read on elsewhere it rests no more: what it has received there is yet to be executed.
    if (failure !== null && sends(lane, 'change-source')) run.rests.delete(name);
    else if (rest !== null) run.rests.set(name, rest);
  }
  return outcome;
}

/**
 * Notes whose running applier the stage will stop, in the intent, which is to be written before the stage begins: by this they run again
 * when the recovery is taken back, were it by another process. One that a person had stopped is not among them, though the stage may
 * have it execute what it has received. Past the promotion nothing is taken back. Returns true when there are more than before.
 */
export function noteRested(stage: Stage, run: RecoveryRun, deps: Pick<DeadPrimaryDeps, 'fleet'>): boolean {
  if (isPast(run, 'promoted')) return false;
  const { rested = [] } = run.intent;
  const more = stage.lanes.filter((lane) => {
    if (rested.some((key) => sameKey(key, lane.server))) return false;
    const applier = deps.fleet.recordOf(lane.server)?.instance?.replication?.applier;
    const name = formatKey(lane.server);
    if (applier?.state === 'stopped' && sends(lane, 'start-applier')) run.foundStopped.add(name);
    const isRunning = applier?.state === 'running' || applier?.state === 'other';
    return isRunning && sends(lane, 'stop-applier') && !run.foundStopped.has(name);
  });
  if (more.length === 0) return false;
  run.intent = { ...run.intent, rested: [...rested, ...more.map(({ server }) => server)] };
  return true;
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

const sends = ({ steps }: Lane, kind: CommandKind): boolean =>
  steps.some(({ action }) => action.kind === 'command' && action.command.kind === kind);

/** It goes to another source and does not receive from it: a person had stopped it. */
export const movesAtRest = (lane: Lane): boolean => sends(lane, 'change-source') && !sends(lane, 'start-receiver');

/** Keeps what a stage told: who was silenced, who is to be left out of the next plan. Returns what went wrong with the successor. */
export function takeOutcome({ stage, lanes }: StageOutcome, run: RecoveryRun): string | null {
  let trouble: string | null = null;
  for (const { lane, failure } of lanes) {
    const name = formatKey(lane.server);
    // Also one below a binlog server, which went on receiving from that until now.
    if (sends(lane, 'stop-receiver')) run.silenced.add(name);
    if (stage.name === 'silence') {
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
