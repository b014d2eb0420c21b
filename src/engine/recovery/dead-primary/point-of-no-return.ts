import type { InstanceKey } from '../../../model/instance-key.ts';
import { formatKey, sameKey } from '../../../model/instance-key.ts';
import { withPassed } from '../known-pair.ts';
import { enter } from '../phase.ts';
import type { RecoveryRun } from '../run.ts';
import { closePrimary } from './close-primary.ts';
import type { DeadPrimaryDeps } from './deps.ts';

/*
 * What is asked and written down around the step that cannot be taken back: the successor forgets its source and takes writes.
 *
 * uncommitted   nobody is fixed as successor; the recovery may be called off. Left by commit().
 * committed     the successor is stored, the failed primary deposed. Left by uncommit(), while the successor still has its
 *               source, or by abandon(), when it died: then another is chosen, and from there it goes forward only.
 */

/**
 * How long the failed primary may take to answer the last question before the point of no return. A dead one refuses at once; one
 * that is alive and far away needs several round trips for connection, greeting and login.
 */
const LAST_KNOCK_MS = 1_000;
/** How long a successor that could not be promoted may take to say how it is now. */
const LAST_LOOK_MS = 1_000;

/**
 * Stored before the first step that cannot be taken back: who will be primary, and that the failed one is deposed. Whatever
 * happens to us from here on, the next start goes on, and the failed primary is fenced when it shows up. The successor may have
 * been deposed itself once: it must not be fenced for that when it takes writes.
 *
 * The intent comes first, and is the last to go (uncommit): should we die in between, a recovery that may still be called off
 * never leaves a primary behind that is fenced when it returns. The next process deposes it again.
 */
export async function commit(run: RecoveryRun, successor: InstanceKey, deps: DeadPrimaryDeps): Promise<void> {
  const { begunBefore } = run;
  if (
    begunBefore !== null &&
    !sameKey(begunBefore, successor) &&
    !run.abandoned.some((key) => sameKey(key, begunBefore))
  )
    await giveUp(run, begunBefore, 'an operator named another after it had been begun with', deps);
  const before = run.intent;
  run.intent = { ...withRest(run, successor), successor };
  try {
    await enter(run, 'promoting', deps);
    await depose(run, successor, deps);
  } catch (thrown) {
    // What cannot be written down is not begun: whoever was silenced listens again while the backend is away.
    run.intent = before;
    run.mayBeCommitted = true;
    throw thrown;
  }
  const { failed, epoch } = run.intent;
  deps.audit(run, `${formatKey(successor)} will be the primary; ${formatKey(failed)} is deposed (epoch ${epoch})`);
}

/**
 * Where the log of the successor ends right before it is promoted, which hooks are told: readings of a recovery leave that out, and it
 * has executed more since the last poll. What it does not say in time stays as it was last known.
 */
export async function readOwnEnd(successor: InstanceKey, deps: DeadPrimaryDeps): Promise<void> {
  const previous = deps.fleet.recordOf(successor)?.instance ?? null;
  const reading = await deps.servers.probe(successor, { deadlineMs: LAST_LOOK_MS, depth: 'replication', previous });
  if (reading.kind === 'answered') deps.fleet.answered(reading.instance);
}

/**
 * A successor that goes by file and position is promoted from where it came to rest: written down before it forgets its source, since
 * nobody could find its siblings' places afterwards.
 */
export async function keepRest(run: RecoveryRun, successor: InstanceKey, deps: DeadPrimaryDeps): Promise<void> {
  const intent = withRest(run, successor);
  if (JSON.stringify(intent.successorRest) === JSON.stringify(run.intent.successorRest)) return;
  run.intent = intent;
  await enter(run, 'promoting', deps);
  await depose(run, successor, deps);
}

function withRest({ intent, rests }: RecoveryRun, successor: InstanceKey): RecoveryRun['intent'] {
  const { successorRest: _before, ...rest } = intent;
  const name = formatKey(successor);
  const found = rests.get(name);
  return found === undefined ? rest : { ...rest, successorRest: withPassed(found, name, intent) };
}

export async function depose({ intent }: RecoveryRun, successor: InstanceKey, deps: DeadPrimaryDeps): Promise<void> {
  // One that was deposed before has been watched ever since: any other source than it had then would have pardoned it.
  const before = (await deps.store.readDeposed()).find(({ key }) => sameKey(key, intent.failed));
  const source = before?.source ?? sourceOf(intent.failed, deps);
  await deps.store.saveDeposed({
    key: intent.failed,
    serverUuid: intent.failedServerUuid,
    serverId: intent.failedServerId,
    clusterName: intent.clusterName,
    epoch: intent.epoch,
    successor,
    source,
    ...(intent.successorRest === undefined ? {} : { successorRest: intent.successorRest }),
    deposedAtMs: deps.clock.now(),
    fencedAtMs: null,
  });
  await deps.store.removeDeposed(successor);
  await deps.onDeposedChanged();
}

/** Nobody has replaced the failed primary after all. That it was fenced meanwhile is kept in mind, for the end (lift-fence.ts). */
export async function undepose(
  run: RecoveryRun,
  { store, reprieve }: Pick<DeadPrimaryDeps, 'store' | 'reprieve'>,
): Promise<void> {
  const { failed } = run.intent;
  const row = (await store.readDeposed()).find(({ key }) => sameKey(key, failed));
  const { hasReturned, fence } = await reprieve(failed);
  if (hasReturned || (row !== undefined && row.fencedAtMs !== null)) run.wasFenced = true;
  if (fence !== null) run.fences.push(fence);
}

/** Whom it followed when it was last read, as a co-primary does; null: nobody. */
const sourceOf = (key: InstanceKey, { fleet }: DeadPrimaryDeps): InstanceKey | null =>
  fleet.recordOf(key)?.instance?.replication?.source ?? null;

/**
 * True while the successor still has its source: then nothing was done to it that another choice would not survive. It is asked
 * anew, since a command whose answer was lost may have been obeyed all the same; if it does not answer, what it said last holds.
 */
export async function canStillChoose(successor: InstanceKey, deps: DeadPrimaryDeps): Promise<boolean> {
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
  if (run.intent.rested?.some((key) => sameKey(key, successor)) !== true) return;
  const outcome = await deps.servers.execute(instance, { kind: 'start-applier' }, { deadlineMs: LAST_LOOK_MS });
  const name = formatKey(successor);
  deps.audit(run, outcome.kind === 'done' ? `${name}: ${outcome.statements.join('; ')}` : outcome.failure.message);
}

export async function uncommit(
  run: RecoveryRun,
  successor: InstanceKey,
  trouble: string,
  deps: DeadPrimaryDeps,
): Promise<void> {
  run.excluded.push({ key: successor, reason: trouble });
  // Nobody has replaced it yet: if it comes back now, the recovery is called off and it must not be fenced; unless an earlier
  // recovery has deposed it.
  if (run.abandoned.length === 0) {
    if (run.deposedBefore === null) await undepose(run, deps);
    else await deps.store.saveDeposed(run.deposedBefore);
    await deps.onDeposedChanged();
  }
  run.intent = { ...run.intent, successor: null };
  await enter(run, 'silenced', deps);
  deps.audit(run, `${formatKey(successor)} still has its source and is given up as successor: ${trouble}`);
  await restartApplier(run, successor, deps);
}

/** Its machine answers that nobody listens: the process is gone, not just out of our sight, so nobody can write to it. */
export async function successorRefuses({ intent }: RecoveryRun, deps: DeadPrimaryDeps): Promise<boolean> {
  if (intent.successor === null) return false;
  const knock = await deps.servers.knock(intent.successor, LAST_KNOCK_MS);
  return knock.kind === 'failed' && knock.failure.kind === 'refused';
}

/**
 * The successor died after it had forgotten its source, perhaps after it had become writable. The others replace it; should it
 * come back, it is fenced like the failed primary. From here the recovery goes forward only.
 */
export async function abandon(run: RecoveryRun, deps: DeadPrimaryDeps): Promise<void> {
  const { successor } = run.intent;
  if (successor === null) return;
  run.intent = { ...run.intent, successor: null };
  await giveUp(run, successor, 'it died while it was being promoted', deps);
  await enter(run, 'silenced', deps);
}

/** It may have become writable: deposed like the failed primary, and never chosen again by this recovery. */
async function giveUp(run: RecoveryRun, successor: InstanceKey, why: string, deps: DeadPrimaryDeps): Promise<void> {
  const { intent } = run;
  const instance = deps.fleet.recordOf(successor)?.instance ?? null;
  await deps.store.saveDeposed({
    key: successor,
    serverUuid: instance?.serverUuid ?? null,
    serverId: instance?.serverId ?? 0,
    clusterName: intent.clusterName,
    epoch: intent.epoch,
    successor: null,
    source: sourceOf(successor, deps),
    deposedAtMs: deps.clock.now(),
    fencedAtMs: null,
  });
  run.abandoned.push(successor);
  run.excluded.push({ key: successor, reason: why });
  run.errors.push(`${formatKey(successor)}: ${why}`);
  await deps.onDeposedChanged();
  deps.audit(run, `${formatKey(successor)} is deposed as well, and another is chosen: ${why}`);
}

/** A sentence when the failed primary is back, and may not be closed; then nothing destructive has been done yet, and nothing will be. */
export async function primaryReturned(run: RecoveryRun, deps: DeadPrimaryDeps): Promise<string | null> {
  if (run.intent.livePrimary !== 'call-off') return closePrimary(run, deps);
  const knock = await deps.servers.knock(run.intent.failed, LAST_KNOCK_MS);
  const answers = knock.kind === 'answered' || knock.failure.kind === 'answered';
  return answers
    ? `${formatKey(run.intent.failed)} answers again; the recovery is called off, nothing was changed for good`
    : null;
}
