import type { FailoverSwitches } from '../../analysis/failover-question.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { Clock, IntentStore, RecoveryStore } from '../ports.ts';
import type { RecoveryRun } from './run.ts';

export interface SwitchDeps {
  readonly clock: Clock;
  readonly store: Pick<RecoveryStore, 'currentEpoch'>;
  readonly intent: Pick<IntentStore, 'read'>;
}

/** What people and the store say as of now; the cluster filters let the recovery begin, and count no more. Reads the store. */
export async function switchesNow(
  run: Pick<RecoveryRun, 'intent'>,
  { intent, store, clock }: SwitchDeps,
): Promise<FailoverSwitches> {
  const { failed, clusterName, epoch } = run.intent;
  const name = formatKey(failed);
  const [decided, current] = await Promise.all([intent.read(), store.currentEpoch(clusterName)]);
  const downtime = decided.downtimes.get(name);
  return {
    isDowntimed: downtime !== undefined && downtime.endAtMs > clock.now(),
    inMaintenance: decided.maintenance.has(name),
    inPlannedOperation: false,
    isBlocked: current !== epoch,
    isGloballyDisabled: decided.isRecoveryDisabled,
    hasAutomatedRecovery: true,
  };
}

/**
 * What people decided since the recovery began that forbids it, one sentence; null when nothing does. `isLockedByUs`: the
 * maintenance that is found may be the lock of an operation that this recovery left unfinished.
 */
export async function decidedAgainst(
  run: Pick<RecoveryRun, 'intent'>,
  isLockedByUs: boolean,
  deps: SwitchDeps,
): Promise<string | null> {
  const switches = await switchesNow(run, deps);
  const name = formatKey(run.intent.failed);
  if (switches.isDowntimed) return `${name} is downtimed by now; end-downtime lets recovery act`;
  if (switches.inMaintenance && !isLockedByUs)
    return `${name} is in maintenance by now; end-maintenance lets recovery act`;
  if (switches.isGloballyDisabled)
    return 'recoveries are disabled globally by now; enable-global-recoveries lets them act';
  return switches.isBlocked ? 'a later recovery of the cluster has begun' : null;
}
