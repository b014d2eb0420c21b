import { messageOf } from '../../../model/error.ts';
import { formatKey, sameKey } from '../../../model/instance-key.ts';
import { restIn } from '../../../plan/failover/places.ts';
import type { Lane, Stage, Step } from '../../../plan/plan.ts';
import type { ExecutionContext, StageOutcome } from '../../executor/executor.ts';
import { enter } from '../phase.ts';
import type { RecoveryRun } from '../run.ts';
import type { DeadPrimaryDeps, DeadPrimarySettings } from './deps.ts';

/** Sends one stage of a recovery's plan to the servers, gated by leadership and epoch. Throws only when the store fails. */
export async function runStage(
  stage: Stage,
  run: RecoveryRun,
  deps: DeadPrimaryDeps,
  settings: DeadPrimarySettings,
): Promise<StageOutcome> {
  const { correlate } = deps;
  if (stage.name === 'drain') await keepRested(stage, run, deps);
  const context: ExecutionContext = {
    instanceOf: (step) => deps.fleet.recordOf(step.server)?.instance ?? null,
    onReading: (instance) => deps.fleet.answered(instance),
    gate: (step) => gate(step, run, deps),
    audit: (message) => deps.audit(run, message),
    signal: new AbortController().signal,
    notes: new Map(),
    // A silence must be complete before anything else, however many replicas there are.
    maxLanes: stage.name === 'silence' ? stage.lanes.length : settings.maxConcurrentOperations,
    ...(correlate === undefined ? {} : { correlate }),
  };
  const outcome = await deps.executor.runStage(stage, context);
  for (const { server } of stage.lanes) {
    const rest = restIn(context.notes, formatKey(server));
    if (rest !== null) run.rests.set(formatKey(server), rest);
  }
  return outcome;
}

/** Whose running applier the stage will stop for good, by file and position: by this they run again when the recovery is taken back. */
async function keepRested(stage: Stage, run: RecoveryRun, deps: DeadPrimaryDeps): Promise<void> {
  const { rested = [] } = run.intent;
  const isStopped = ({ server, steps }: Lane): boolean => {
    const replication = deps.fleet.recordOf(server)?.instance?.replication;
    return (
      replication?.positioning === 'coordinates' &&
      replication.applier.state !== 'stopped' &&
      steps.some(({ action }) => action.kind === 'command' && action.command.kind === 'stop-applier') &&
      !rested.some((key) => sameKey(key, server))
    );
  };
  const more = stage.lanes.filter(isStopped).map(({ server }) => server);
  if (more.length === 0) return;
  run.intent = { ...run.intent, rested: [...rested, ...more] };
  await enter(run, run.intent.phase, deps);
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
export function takeOutcome({ stage, lanes }: StageOutcome, run: RecoveryRun): string | null {
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
