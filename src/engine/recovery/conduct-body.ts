import { messageOf } from '../../model/error.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { RecoverOutcome } from '../use-cases.ts';
import type { BodyEnd, RecoveryBody } from './body.ts';
import type { RecoveriesSettings } from './deps.ts';
import { CALLED_OFF } from './earlier.ts';
import type { Turn } from './exclusion.ts';
import { enter, isPast } from './phase.ts';
import { leftBehind } from './recovery-operation.ts';
import type { RecoveryRun } from './run.ts';
import { decidedAgainst } from './switches-now.ts';
import {
  auditEnd,
  closeIntent,
  flappingSentence,
  isFirstCallOff,
  isStoreFailure,
  resolutionOf,
  runHooks,
  successorOf,
  type TraceDeps,
} from './traces.ts';

interface BodyDeps extends TraceDeps {
  /** Its place in the cluster; the last hooks are outside of it. */
  readonly turn: Turn;
}

const GAVE_WAY = 'it gave way to the recovery of a dead primary while its PreFailoverProcesses ran';

/**
 * A registered recovery of any other kind than a dead primary, from its first hook to its last trace:
 * registered → PreFailover hooks → prepared → (body) → resolved → Post hooks → closed. It never goes past `prepared`, since
 * what its body does is written down by the operations that it consists of. A resumed run skips the hooks that ran. A failing
 * PreFailover hook closes it as unsuccessful. Only when the backend goes away its intent stays open, to be gone on with.
 */
export async function conductBody(
  run: RecoveryRun,
  body: RecoveryBody,
  deps: BodyDeps,
  settings: RecoveriesSettings,
): Promise<RecoverOutcome> {
  const { uid } = run;
  const { clusterName } = run.intent;
  deps.emit({ kind: 'recovery', uid, clusterName, state: 'started' });
  let end: BodyEnd;
  try {
    end = await toEnd(run, body, deps);
  } catch (thrown) {
    const reason = messageOf(thrown);
    deps.logger.error({ err: thrown, uid }, 'a recovery broke off');
    if (isStoreFailure(thrown))
      return { kind: 'failed', uid, reason: `it rests until the backend answers again: ${reason}` };
    end = { kind: 'failed', reason };
  }
  if (end.kind === 'cancelled' && run.isResumed && (await hasEnded(run, deps))) {
    deps.audit(run, `It had ended, only its last hooks had not; they are not run any more: ${end.reason}`);
    await closeIntent(run, deps);
    deps.emit({ kind: 'recovery', uid, clusterName, state: 'failed' });
    return { kind: 'failed', uid, reason: end.reason };
  }
  if (end.kind === 'recovered') run.lost = end.lost;
  const isRecovered = end.kind === 'recovered';
  let isWritten = true;
  try {
    if (end.kind === 'recovered') await closeRecovered(run, end.successor, body, deps);
    else await closeUnrecovered(run, end, body, deps, settings);
  } catch (thrown) {
    isWritten = !isStoreFailure(thrown);
    deps.logger.error({ err: thrown, uid }, 'a recovery has ended but could not be closed in full');
  }
  if (isWritten) await closeIntent(run, deps);
  deps.emit({ kind: 'recovery', uid, clusterName, state: isRecovered ? 'succeeded' : 'failed' });
  return end.kind === 'recovered'
    ? { kind: 'recovered', uid, successor: end.successor, lost: run.lost }
    : { kind: 'failed', uid, reason: end.reason };
}

/** Its row has been written in full, by the process that died in its last hooks; when the backend is away: not known, so no. */
async function hasEnded({ uid }: RecoveryRun, { store }: BodyDeps): Promise<boolean> {
  const records = await store.readRecoveries({ uid }).catch(() => []);
  return records.some(({ endedAt }) => endedAt !== '');
}

async function toEnd(run: RecoveryRun, body: RecoveryBody, deps: BodyDeps): Promise<BodyEnd> {
  if (!isPast(run, 'prepared')) {
    const hooks = body.runsPreFailover ? runHooks('PreFailoverProcesses', run, deps, null) : Promise.resolve(null);
    const result = await deps.turn.unlessWanted(hooks.then((failure) => ({ failure })));
    if (result === null) return { kind: 'cancelled', reason: GAVE_WAY, hasGivenWay: true };
    const { failure } = result;
    if (failure !== null) return { kind: 'failed', reason: `PreFailoverProcesses failed: ${failure}` };
    await enter(run, 'prepared', deps);
  }
  const objection = run.intent.isForced ? null : await objectionNow(run, deps);
  return objection === null ? body.carryOut(run) : { kind: 'cancelled', reason: objection };
}

/**
 * Hooks may take minutes, and another process may have begun this long ago: what people decided meanwhile holds. Operations left
 * unfinished then stay so, for the person who decided to finish or take back.
 */
async function objectionNow(run: RecoveryRun, deps: TraceDeps): Promise<string | null> {
  const left = run.isResumed ? await leftBehind(run, deps) : [];
  const objection = await decidedAgainst(run, left.length > 0, deps);
  if (objection === null) return null;
  const stays = left.map(({ uid, purpose }) => `; left unfinished: ${purpose} (operation ${uid})`).join('');
  return `The recovery is called off: ${objection}${stays}`;
}

async function closeRecovered(
  run: RecoveryRun,
  successor: InstanceKey,
  body: RecoveryBody,
  deps: BodyDeps,
): Promise<void> {
  const name = formatKey(successor);
  const lost = run.lost.map(formatKey).join(', ') || 'none';
  await deps.store.resolveRecovery(run.uid, resolutionOf(run, successor, deps));
  await auditEnd(run, `${name} is the successor; lost: ${lost}`, deps, body.auditType);
  // Before the hooks: whoever recovers the cluster while they run may downtime it as lost.
  if (!run.skipHooks) await deps.intent.endDowntime(successor);
  deps.turn.release(run.uid);
  if (body.successHooks !== null) await runHooks(body.successHooks, run, deps, successorOf(successor, deps));
  await runHooks('PostFailoverProcesses', run, deps, successorOf(successor, deps));
  deps.audit(run, run.lost.length === 0 ? 'Recovery complete' : `Recovery complete, lost: ${lost}`);
}

async function closeUnrecovered(
  run: RecoveryRun,
  end: Exclude<BodyEnd, { kind: 'recovered' }>,
  body: RecoveryBody,
  deps: BodyDeps,
  settings: RecoveriesSettings,
): Promise<void> {
  const { uid } = run;
  run.errors.push(end.reason);
  deps.audit(run, end.kind === 'cancelled' ? end.reason : `Recovery failed: ${end.reason}`);
  const hasGivenWay = end.kind === 'cancelled' && end.hasGivenWay === true;
  const mayFollow = end.kind === 'failed' || hasGivenWay || (await isFirstCallOff(run, deps, settings));
  if (!mayFollow) {
    run.errors.push(flappingSentence(run, settings));
    deps.audit(run, flappingSentence(run, settings));
  }
  await deps.store.resolveRecovery(uid, resolutionOf(run, null, deps));
  await auditEnd(run, end.reason, deps, body.auditType);
  if (end.kind === 'cancelled' && mayFollow) {
    const comment = hasGivenWay ? end.reason : `${CALLED_OFF}${end.reason}`;
    await deps.store.acknowledge({ uid }, 'orchestrator', comment);
  }
  // What PreFailover hooks began, these end: also where it was called off later.
  if (end.kind === 'failed' || (body.runsPreFailover && isPast(run, 'prepared'))) {
    deps.turn.release(uid);
    await runHooks('PostUnsuccessfulFailoverProcesses', run, deps, null);
  }
}
