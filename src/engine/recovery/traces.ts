import type { HookSuccessor } from '../../legacy/hook-context.ts';
import { OrchestratorError } from '../../model/error.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { RecoveryResolution } from '../ports.ts';
import type { RecoveriesDeps, RecoveriesSettings } from './deps.ts';
import { wasCalledOffLately } from './earlier.ts';
import type { HookListName } from './hooks.ts';
import type { RecoveryRun } from './run.ts';

/* What every kind of recovery does alike around its deeds: hooks, the row's end, the audit. */

export interface TraceDeps extends RecoveriesDeps {
  audit(run: RecoveryRun, message: string): void;
}

export const isStoreFailure = (thrown: unknown): thrown is OrchestratorError =>
  thrown instanceof OrchestratorError && thrown.code.startsWith('store-');

/** Runs a list of hooks; null when all succeeded (or are skipped), else what failed. */
export async function runHooks(
  list: HookListName,
  run: RecoveryRun,
  deps: TraceDeps,
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

/** The successor as hooks see it. */
export function successorOf(key: InstanceKey, deps: Pick<TraceDeps, 'fleet'>): HookSuccessor {
  const instance = deps.fleet.recordOf(key)?.instance ?? null;
  return { key, coordinates: instance?.ownCoordinates ?? null, alias: instance?.classification.instanceAlias ?? '' };
}

/** How the recovery ended, for its row. */
export const resolutionOf = (
  run: RecoveryRun,
  successor: InstanceKey | null,
  deps: Pick<TraceDeps, 'fleet'>,
): RecoveryResolution => ({
  isSuccessful: successor !== null,
  successor,
  successorAlias: successor === null ? '' : successorOf(successor, deps).alias,
  lostReplicas: run.lost,
  participants: run.intent.members,
  errors: run.errors,
});

/** One line in the audit log, of the given historic type. */
export const auditEnd = (
  run: RecoveryRun,
  message: string,
  deps: TraceDeps,
  type = 'recover-dead-master',
): Promise<void> => deps.auditLog.write(type, run.intent.failed, run.intent.clusterName, `${run.uid}: ${message}`);

/** Closes the intent of a recovery that has been written down in full; one that has not is left open, to be gone on with. */
export async function closeIntent(run: RecoveryRun, deps: TraceDeps): Promise<void> {
  const { uid } = run.intent;
  await deps.store
    .closeIntent(uid)
    .catch((thrown) => deps.logger.error({ err: thrown, uid }, 'a recovery has ended but could not be closed'));
}

/**
 * The first recovery that is called off blocks no other: the server may die for good a second later. A second one within
 * RecoveryPeriodBlockSeconds does, as every recovery does that went its way: a server that keeps dying and coming back would
 * run the PreFailover hooks and silence its replicas every time (design §5, anti-flapping also for crash loops). What a person
 * ordered is no flapping.
 */
export async function isFirstCallOff(
  run: RecoveryRun,
  deps: TraceDeps,
  settings: Pick<RecoveriesSettings, 'periodBlockSeconds'>,
): Promise<boolean> {
  if (run.intent.isForced) return true;
  const records = await deps.store.readRecoveries({ clusterName: run.intent.clusterName });
  return !wasCalledOffLately(records, run.uid, deps.clock.now() - settings.periodBlockSeconds * 1_000);
}

/** Said when isFirstCallOff is not true. */
export const flappingSentence = (
  { intent }: RecoveryRun,
  { periodBlockSeconds }: Pick<RecoveriesSettings, 'periodBlockSeconds'>,
): string =>
  `called off for the second time within RecoveryPeriodBlockSeconds (${periodBlockSeconds}): ${formatKey(intent.failed)} keeps dying and coming back, so that it is not recovered by itself until then, or until recovery ${intent.recoveryId} is acknowledged`;
