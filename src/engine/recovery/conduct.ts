import { messageOf, type OrchestratorError } from '../../model/error.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { RecoverOutcome } from '../use-cases.ts';
import { downtimeLost, moveClusterIntent, unsilence } from './closing.ts';
import { awaitRest, closePrimary } from './dead-primary/close-primary.ts';
import type { DeadPrimaryDeps } from './dead-primary/deps.ts';
import { detach } from './dead-primary/detaching.ts';
import { liftFence } from './dead-primary/lift-fence.ts';
import { undepose } from './dead-primary/point-of-no-return.ts';
import { promoteSuccessor } from './dead-primary/promote-successor.ts';
import { reopenPrimary, unlockPrimary } from './dead-primary/reopen-primary.ts';
import { repointPostponed, repointReturned, repointSiblings } from './dead-primary/repointing.ts';
import type { RecoveriesSettings } from './deps.ts';
import { CALLED_OFF } from './earlier.ts';
import type { Turn } from './exclusion.ts';
import { hearAgain } from './hearing.ts';
import { leftStoppedSentence, stillSilenced } from './left-stopped.ts';
import { enter, isPast } from './phase.ts';
import type { RecoveryRun, RunEnd } from './run.ts';
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

interface ConductDeps extends TraceDeps {
  /** Its place in the cluster; the last hooks of one that was called off are outside of it. */
  readonly turn: Turn;
  readonly deadPrimary: DeadPrimaryDeps;
}

/**
 * A registered recovery from its first hook to its last trace:
 * registered → PreFailover hooks → prepared → (promoteSuccessor) → promoted → siblings re-pointed → repointed → resolved → Post
 * hooks → closed. A resumed run skips what its phase says is done. A failing PreFailover hook, a refusal or a returned primary
 * closes it as unsuccessful; it never stays half open (historic behaviour left it blocking the cluster). Only when the backend
 * goes away in the middle its intent stays open, and it is gone on with as soon as the backend answers (resume.ts).
 */
export async function conductRecovery(
  run: RecoveryRun,
  deps: ConductDeps,
  settings: RecoveriesSettings,
): Promise<RecoverOutcome> {
  const { uid } = run;
  const { clusterName } = run.intent;
  deps.emit({ kind: 'recovery', uid, clusterName, state: 'started' });
  let end: RunEnd;
  try {
    end = await toPromoted(run, deps, settings);
  } catch (thrown) {
    if (isStoreFailure(thrown)) return leaveOpen(run, thrown, deps);
    end = { kind: 'failed', reason: messageOf(thrown) };
    deps.logger.error({ err: thrown, uid }, 'a recovery broke off');
  }
  if (end.kind !== 'promoted') return closeUnsuccessful(run, end, deps, settings);
  return closeSuccessful(run, end.successor, deps, settings);
}

/** Nothing may be done that cannot be written down first: the recovery rests, and nobody is left silenced meanwhile. */
async function leaveOpen(run: RecoveryRun, thrown: OrchestratorError, deps: ConductDeps): Promise<RecoverOutcome> {
  const { uid } = run.intent;
  deps.logger.error({ err: thrown, uid, phase: run.intent.phase }, 'a recovery rests until the backend answers again');
  if (!isPast(run, 'promoting')) await takeBack(run, deps);
  return { kind: 'failed', uid, reason: `it rests until the backend answers again: ${thrown.message}` };
}

/** How long PostMasterFailover hooks wait for siblings to be re-pointed. */
const SIBLING_PATIENCE_MS = 2_000;
const READING_MS = 2_000;

/** What another process began is judged anew as long as nothing has been done for good; what a person ordered is not judged. */
const mayBeCalledOff = (run: RecoveryRun): boolean =>
  run.isResumed && !run.intent.isForced && !isPast(run, 'promoting') && run.abandoned.length === 0;

async function toPromoted(run: RecoveryRun, deps: ConductDeps, settings: RecoveriesSettings): Promise<RunEnd> {
  const { successor } = run.intent;
  if (isPast(run, 'promoted') && successor !== null) return { kind: 'promoted', successor, lost: [] };
  const objection = mayBeCalledOff(run) ? await hearAgain(run, deps, settings.hearing) : null;
  if (objection !== null) return { kind: 'cancelled', reason: objection };
  if (!isPast(run, 'prepared')) {
    const result = await runHooks('PreFailoverProcesses', run, deps, null);
    if (result !== null) return { kind: 'failed', reason: `PreFailoverProcesses failed: ${result}` };
    await enter(run, 'prepared', deps);
  }
  const alive = await makeWay(run, deps);
  if (alive !== null) return { kind: 'failed', reason: alive };
  return promoteSuccessor(run, deps.deadPrimary, settings);
}

/** Where a person has a live primary replaced: it is closed, and what it has written is received. Else why it cannot be. */
async function makeWay(run: RecoveryRun, deps: ConductDeps): Promise<string | null> {
  if (run.intent.livePrimary === 'call-off' || isPast(run, 'promoting')) return null;
  const objection = await closePrimary(run, deps.deadPrimary);
  if (objection === null) await awaitRest(run, deps.deadPrimary);
  return objection;
}

async function closeSuccessful(
  run: RecoveryRun,
  successor: InstanceKey,
  deps: ConductDeps,
  settings: RecoveriesSettings,
): Promise<RecoverOutcome> {
  const { uid, clusterName } = run.intent;
  deps.audit(run, `${formatKey(successor)} takes writes${tookSo(run, deps)}`);
  const told = deps.onPromoted(run, (message) => deps.audit(run, message));
  let isWritten = true;
  let repointing = Promise.resolve();
  try {
    await unlockPrimary(run, deps.deadPrimary);
    // A resumed run looks again at who follows: that is not written down, and what was done needs no doing.
    const isRepointing = run.isResumed || !isPast(run, 'repointed');
    if (isRepointing) repointing = repoint(run, deps, settings);
    await withinPatience(repointing, run, deps);
    if (isRepointing) await moveClusterIntent(deps, run, successor);
    await told;
    await runHooks('PostMasterFailoverProcesses', run, deps, successorOf(successor, deps));
    await repointing;
    if (isRepointing) {
      run.lost = await repointReturned(run, deps.deadPrimary, settings);
      run.lost = [...run.lost, ...(await repointPostponed(run, deps.deadPrimary, settings))];
      await detach(run, deps.deadPrimary, settings);
      await downtimeLost(deps, run.lost);
      await enter(run, 'repointed', deps);
    }
    await deps.store.resolveRecovery(uid, resolutionOf(run, successor, deps));
    await auditEnd(
      run,
      `${formatKey(successor)} promoted; lost: ${run.lost.map(formatKey).join(', ') || 'none'}`,
      deps,
    );
    await runHooks('PostFailoverProcesses', run, deps, successorOf(successor, deps));
  } catch (thrown) {
    // The successor is writable: the recovery stands, what could not be written is said.
    isWritten = !isStoreFailure(thrown);
    deps.logger.error({ err: thrown, uid }, 'a recovery succeeded but could not be closed in full');
    // Whoever goes on with it must not find this run still at work.
    await repointing.catch(() => undefined);
  }
  if (isWritten) {
    deps.audit(run, closingLine(run));
    await closeIntent(run, deps);
  }
  deps.emit({ kind: 'recovery', uid, clusterName, state: 'succeeded' });
  return { kind: 'recovered', uid, successor, lost: run.lost };
}

async function repoint(run: RecoveryRun, deps: ConductDeps, settings: RecoveriesSettings): Promise<void> {
  run.lost = await repointSiblings(run, deps.deadPrimary, settings);
}

/**
 * Siblings that follow at once, or are lost at once, are told to the PostMasterFailover hooks; one that must execute what it
 * has received first (MariaDB, MySQL 5.6) does not hold up the switch of addresses and proxies that these hooks do.
 */
async function withinPatience(repointing: Promise<void>, run: RecoveryRun, deps: ConductDeps): Promise<void> {
  // Awaited again later; until then a failure must not count as unhandled.
  repointing.catch(() => undefined);
  const patience = new AbortController();
  const inTime = repointing.then(() => true);
  const isDone = await Promise.race([inTime, deps.clock.sleep(SIBLING_PATIENCE_MS, patience.signal).then(() => false)]);
  patience.abort();
  if (!isDone) deps.audit(run, 'Some siblings have yet to execute what they received; the hooks do not wait for them');
}

/** From when this process heard of it; one that goes on with what another began does not know when that was. */
function tookSo({ isResumed, intent, suspectedAtMs }: RecoveryRun, { clock }: ConductDeps): string {
  if (isResumed) return '';
  return `, ${clock.now() - suspectedAtMs} ms after ${intent.isForced ? 'the order' : 'the first sign of failure'}`;
}

function closingLine({ lost, errors, leftStopped = [] }: RecoveryRun): string {
  const stopped = leftStopped.map(formatKey).join(', ');
  const still = stopped === '' ? '' : `; left stopped, as found: ${stopped} (start-replica starts it)`;
  if (lost.length > 0) return `Recovery complete, lost: ${lost.map(formatKey).join(', ')}${still}`;
  if (errors.length > 0) return `Recovery complete, no replica is lost, but not all went well${still}`;
  return `Recovery complete, ${stopped === '' ? 'all replicas follow' : `no replica is lost${still}`}`;
}

async function closeUnsuccessful(
  run: RecoveryRun,
  end: Exclude<RunEnd, { kind: 'promoted' }>,
  deps: ConductDeps,
  settings: RecoveriesSettings,
): Promise<RecoverOutcome> {
  const { uid, clusterName } = run.intent;
  const say = (message: string): void => {
    run.errors.push(message);
    deps.audit(run, message);
  };
  run.errors.push(end.reason);
  deps.audit(run, end.kind === 'cancelled' ? end.reason : `Recovery failed: ${end.reason}`);
  let isWritten = true;
  try {
    if (!isPast(run, 'promoting')) await restore(run, deps);
    if (isPast(run, 'promoting') || run.finishesEarlier) {
      run.lost = await stillSilenced(run, deps);
      if (run.lost.length > 0) say(leftStoppedSentence(run));
    }
    const mayFollow = end.kind === 'failed' || (await isFirstCallOff(run, deps, settings));
    if (!mayFollow) say(flappingSentence(run, settings));
    await deps.store.resolveRecovery(uid, resolutionOf(run, null, deps));
    await auditEnd(run, end.reason, deps);
    if (end.kind === 'cancelled') {
      if (mayFollow) await deps.store.acknowledge({ uid }, 'orchestrator', `${CALLED_OFF}${end.reason}`);
      // The failure may come back at once: what is left of this one holds up no other, and nobody goes on with it.
      await closeIntent(run, deps);
      deps.turn.release(uid);
    }
    // What PreFailover hooks began, these end: also where it was called off later.
    if (end.kind === 'failed' || isPast(run, 'prepared'))
      await runHooks('PostUnsuccessfulFailoverProcesses', run, deps, null);
  } catch (thrown) {
    isWritten = !isStoreFailure(thrown);
    deps.logger.error({ err: thrown, uid }, 'an unsuccessful recovery could not be closed in full');
  }
  if (isWritten && end.kind === 'failed') await closeIntent(run, deps);
  deps.emit({ kind: 'recovery', uid, clusterName, state: 'failed' });
  return { kind: 'failed', uid, reason: end.reason };
}

/** Nobody was promoted by this recovery: the failed primary is not taken for deposed when it comes back, unless it was before. */
async function restore(run: RecoveryRun, deps: ConductDeps): Promise<void> {
  await takeBack(run, deps);
  if (run.abandoned.length > 0 || run.deposedBefore !== null) return;
  await undepose(run, deps.deadPrimary);
  await deps.onDeposedChanged();
  if (run.wasFenced === true) await reopenReturned(run, deps);
  else if (run.isResumed) await tellIfClosed(run, deps);
}

/** What an earlier process did after it gave its successor up, it may not have been able to write down. */
async function tellIfClosed(run: RecoveryRun, deps: ConductDeps): Promise<void> {
  const { failed } = run.intent;
  const reading = await deps.servers.probe(failed, { deadlineMs: READING_MS, depth: 'full', previous: null });
  if (reading.kind === 'failed' || !reading.instance.isReadOnly) return;
  const sentence = `${formatKey(failed)} answers and is read-only, perhaps since it was fenced: set-writeable opens it`;
  run.errors.push(sentence);
  deps.audit(run, sentence);
}

/** It came back while it counted as replaced, and was kept from taking writes: our own fence is lifted where that is safe, else it is told of. */
async function reopenReturned(run: RecoveryRun, deps: ConductDeps): Promise<void> {
  const objection = await liftFence(run, deps);
  if (objection === null) return;
  const name = formatKey(run.intent.failed);
  const sentence = `${name} came back while it was to be replaced and is read-only since: set-writeable opens it (left closed: ${objection})`;
  run.errors.push(sentence);
  deps.audit(run, sentence);
}

/**
 * A closed primary is open again, replicas listen again. Not beside a successor that an earlier recovery began with, or this one
 * gave up: it may take writes, or have taken some.
 */
async function takeBack(run: RecoveryRun, deps: ConductDeps): Promise<void> {
  // Where the commit may be stored, whoever goes on opens the successor, and does not close this one before.
  if (run.mayBeCommitted === true) deps.audit(run, `${formatKey(run.intent.failed)} is left as it is meanwhile`);
  else if (run.abandoned.length === 0 && run.deposedBefore === null) await reopenPrimary(run, deps.deadPrimary);
  else await unlockPrimary(run, deps.deadPrimary);
  if (run.finishesEarlier) return;
  const owed = await unsilence(deps, run, (message) => deps.audit(run, message));
  await deps.silences.owe(run.intent.failed, owed);
}
