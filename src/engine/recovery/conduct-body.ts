import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { RecoverOutcome } from '../use-cases.ts';
import type { BodyEnd, RecoveryBody } from './body.ts';
import type { RecoveriesSettings } from './deps.ts';
import { CALLED_OFF } from './earlier.ts';
import { enter, isPast } from './phase.ts';
import type { RecoveryRun } from './run.ts';
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

/**
 * A registered recovery of any other kind than a dead primary, from its first hook to its last trace:
 * registered → PreFailover hooks → prepared → (body) → resolved → Post hooks → closed. It never goes past `prepared`, since
 * what its body does is written down by the operations that it consists of. A resumed run skips the hooks that ran. A failing
 * PreFailover hook closes it as unsuccessful. Only when the backend goes away its intent stays open, to be gone on with.
 */
export async function conductBody(
  run: RecoveryRun,
  body: RecoveryBody,
  deps: TraceDeps,
  settings: RecoveriesSettings,
): Promise<RecoverOutcome> {
  const { uid } = run;
  const { clusterName } = run.intent;
  deps.emit({ kind: 'recovery', uid, clusterName, state: 'started' });
  let end: BodyEnd;
  try {
    end = await toEnd(run, body, deps);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    deps.logger.error({ err: thrown, uid }, 'a recovery broke off');
    if (isStoreFailure(thrown))
      return { kind: 'failed', uid, reason: `it rests until the backend answers again: ${reason}` };
    end = { kind: 'failed', reason };
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

async function toEnd(run: RecoveryRun, body: RecoveryBody, deps: TraceDeps): Promise<BodyEnd> {
  if (!isPast(run, 'prepared')) {
    const failure = body.runsPreFailover ? await runHooks('PreFailoverProcesses', run, deps, null) : null;
    if (failure !== null) return { kind: 'failed', reason: `PreFailoverProcesses failed: ${failure}` };
    await enter(run, 'prepared', deps);
  }
  return body.carryOut(run);
}

async function closeRecovered(
  run: RecoveryRun,
  successor: InstanceKey,
  body: RecoveryBody,
  deps: TraceDeps,
): Promise<void> {
  const name = formatKey(successor);
  const lost = run.lost.map(formatKey).join(', ') || 'none';
  await deps.store.resolveRecovery(run.uid, resolutionOf(run, successor, deps));
  await auditEnd(run, `${name} is the successor; lost: ${lost}`, deps, body.auditType);
  if (body.successHooks !== null) await runHooks(body.successHooks, run, deps, successorOf(successor, deps));
  if (!run.skipHooks) await deps.intent.endDowntime(successor);
  await runHooks('PostFailoverProcesses', run, deps, successorOf(successor, deps));
  deps.audit(run, run.lost.length === 0 ? 'Recovery complete' : `Recovery complete, lost: ${lost}`);
}

async function closeUnrecovered(
  run: RecoveryRun,
  end: Exclude<BodyEnd, { kind: 'recovered' }>,
  body: RecoveryBody,
  deps: TraceDeps,
  settings: RecoveriesSettings,
): Promise<void> {
  const { uid } = run;
  run.errors.push(end.reason);
  deps.audit(run, end.kind === 'cancelled' ? end.reason : `Recovery failed: ${end.reason}`);
  const mayFollow = end.kind === 'failed' || (await isFirstCallOff(run, deps, settings));
  if (!mayFollow) {
    run.errors.push(flappingSentence(run, settings));
    deps.audit(run, flappingSentence(run, settings));
  }
  await deps.store.resolveRecovery(uid, resolutionOf(run, null, deps));
  await auditEnd(run, end.reason, deps, body.auditType);
  if (end.kind === 'failed') await runHooks('PostUnsuccessfulFailoverProcesses', run, deps, null);
  else if (mayFollow) await deps.store.acknowledge({ uid }, 'orchestrator', `${CALLED_OFF}${end.reason}`);
}
