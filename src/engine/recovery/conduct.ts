import type { HookSuccessor } from '../../legacy/hook-context.ts';
import { OrchestratorError } from '../../model/error.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { RecoveryResolution } from '../ports.ts';
import type { RecoverOutcome } from '../use-cases.ts';
import { downtimeLost, moveClusterIntent, unsilence } from './closing.ts';
import type { DeadPrimaryDeps } from './dead-primary/deps.ts';
import { detach } from './dead-primary/detaching.ts';
import { promoteSuccessor } from './dead-primary/promote-successor.ts';
import { repointPostponed, repointSiblings } from './dead-primary/repointing.ts';
import type { RecoveriesDeps, RecoveriesSettings } from './deps.ts';
import { CALLED_OFF, wasCalledOffLately } from './earlier.ts';
import { hearAgain } from './hearing.ts';
import type { HookListName } from './hooks.ts';
import { leftStoppedSentence, stillSilenced } from './left-stopped.ts';
import { enter, isPast } from './phase.ts';
import type { RecoveryRun, RunEnd } from './run.ts';

interface ConductDeps extends RecoveriesDeps {
  readonly deadPrimary: DeadPrimaryDeps;
  audit(run: RecoveryRun, message: string): void;
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
    end = { kind: 'failed', reason: thrown instanceof Error ? thrown.message : String(thrown) };
    deps.logger.error({ err: thrown, uid }, 'a recovery broke off');
  }
  if (end.kind !== 'promoted') return closeUnsuccessful(run, end, deps, settings);
  return closeSuccessful(run, end.successor, deps, settings);
}

const isStoreFailure = (thrown: unknown): thrown is OrchestratorError =>
  thrown instanceof OrchestratorError && thrown.code.startsWith('store-');

/** Nothing may be done that cannot be written down first: the recovery rests, and nobody is left silenced meanwhile. */
async function leaveOpen(run: RecoveryRun, thrown: OrchestratorError, deps: ConductDeps): Promise<RecoverOutcome> {
  const { uid } = run.intent;
  deps.logger.error({ err: thrown, uid, phase: run.intent.phase }, 'a recovery rests until the backend answers again');
  if (!isPast(run, 'promoting')) await unsilence(deps, run, (message) => deps.audit(run, message));
  return { kind: 'failed', uid, reason: `it rests until the backend answers again: ${thrown.message}` };
}

/** Closes the intent of a recovery that has been written down in full; one that has not is left open, to be gone on with. */
async function closeIntent(run: RecoveryRun, deps: ConductDeps): Promise<void> {
  const { uid } = run.intent;
  await deps.store
    .closeIntent(uid)
    .catch((thrown) => deps.logger.error({ err: thrown, uid }, 'a recovery has ended but could not be closed'));
}

/** How long PostMasterFailover hooks wait for siblings to be re-pointed. */
const SIBLING_PATIENCE_MS = 2_000;

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
  return promoteSuccessor(run, deps.deadPrimary, settings);
}

async function closeSuccessful(
  run: RecoveryRun,
  successor: InstanceKey,
  deps: ConductDeps,
  settings: RecoveriesSettings,
): Promise<RecoverOutcome> {
  const { uid, clusterName } = run.intent;
  deps.audit(
    run,
    `${formatKey(successor)} takes writes, ${deps.clock.now() - run.suspectedAtMs} ms after the first sign of failure`,
  );
  deps.onPromoted(run);
  let isWritten = true;
  try {
    // A resumed run looks again at who follows: that is not written down, and what was done needs no doing.
    const isRepointing = run.isResumed || !isPast(run, 'repointed');
    const repointing = isRepointing ? repoint(run, deps, settings) : Promise.resolve();
    await withinPatience(repointing, run, deps);
    if (isRepointing) await moveClusterIntent(deps, run, successor);
    await runHooks('PostMasterFailoverProcesses', run, deps, successorOf(successor, deps));
    await repointing;
    if (isRepointing) {
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

function closingLine(run: RecoveryRun): string {
  if (run.lost.length > 0) return `Recovery complete, lost: ${run.lost.map(formatKey).join(', ')}`;
  return `Recovery complete, ${run.errors.length === 0 ? 'all replicas follow' : 'no replica is lost, but not all went well'}`;
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
    else {
      run.lost = await stillSilenced(run, deps);
      if (run.lost.length > 0) say(leftStoppedSentence(run));
    }
    const mayFollow = end.kind === 'failed' || (await isFirstCallOff(run, deps, settings));
    if (!mayFollow) say(flappingSentence(run, settings));
    await deps.store.resolveRecovery(uid, resolutionOf(run, null, deps));
    await auditEnd(run, end.reason, deps);
    if (end.kind === 'failed') await runHooks('PostUnsuccessfulFailoverProcesses', run, deps, null);
    else if (mayFollow) await deps.store.acknowledge({ uid }, 'orchestrator', `${CALLED_OFF}${end.reason}`);
  } catch (thrown) {
    isWritten = !isStoreFailure(thrown);
    deps.logger.error({ err: thrown, uid }, 'an unsuccessful recovery could not be closed in full');
  }
  if (isWritten) await closeIntent(run, deps);
  deps.emit({ kind: 'recovery', uid, clusterName, state: 'failed' });
  return { kind: 'failed', uid, reason: end.reason };
}

/**
 * The first recovery that is called off blocks no other: the primary may die for good a second later. A second one within
 * RecoveryPeriodBlockSeconds does, as every recovery does that went its way: a primary that keeps dying and coming back would
 * run the PreFailover hooks and silence its replicas every time (design §5, anti-flapping also for crash loops). What a person
 * ordered is no flapping.
 */
async function isFirstCallOff(run: RecoveryRun, deps: ConductDeps, settings: RecoveriesSettings): Promise<boolean> {
  if (run.intent.isForced) return true;
  const records = await deps.store.readRecoveries({ clusterName: run.intent.clusterName });
  return !wasCalledOffLately(records, run.uid, deps.clock.now() - settings.periodBlockSeconds * 1_000);
}

const flappingSentence = ({ intent }: RecoveryRun, { periodBlockSeconds }: RecoveriesSettings): string =>
  `called off for the second time within RecoveryPeriodBlockSeconds (${periodBlockSeconds}): ${formatKey(intent.failed)} keeps dying and coming back, so that it is not recovered by itself until then, or until recovery ${intent.recoveryId} is acknowledged`;

/** Nobody was promoted: replicas listen again, and the failed primary is not taken for deposed when it comes back. */
async function restore(run: RecoveryRun, deps: ConductDeps): Promise<void> {
  await unsilence(deps, run, (message) => deps.audit(run, message));
  if (run.abandoned.length > 0) return;
  await deps.store.removeDeposed(run.intent.failed);
  await deps.onDeposedChanged();
}

const auditEnd = (run: RecoveryRun, message: string, deps: ConductDeps): Promise<void> =>
  deps.auditLog.write('recover-dead-master', run.intent.failed, run.intent.clusterName, `${run.uid}: ${message}`);

/** null when all succeeded (or are skipped), else what failed. */
async function runHooks(
  list: HookListName,
  run: RecoveryRun,
  deps: ConductDeps,
  successor: HookSuccessor | null,
): Promise<string | null> {
  if (run.skipHooks) return null;
  const result = await deps.hooks.run(list, {
    entry: run.entry,
    uid: run.uid,
    command: run.command,
    successor,
    lost: run.lost,
    audit: (message) => deps.audit(run, message),
  });
  return result.kind === 'succeeded' ? null : result.message;
}

function successorOf(key: InstanceKey, deps: ConductDeps): HookSuccessor {
  const instance = deps.fleet.recordOf(key)?.instance ?? null;
  return { key, coordinates: instance?.ownCoordinates ?? null, alias: instance?.classification.instanceAlias ?? '' };
}

const resolutionOf = (run: RecoveryRun, successor: InstanceKey | null, deps: ConductDeps): RecoveryResolution => ({
  isSuccessful: successor !== null,
  successor,
  successorAlias: successor === null ? '' : successorOf(successor, deps).alias,
  lostReplicas: run.lost,
  participants: run.intent.members,
  errors: run.errors,
});
