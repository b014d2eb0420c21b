import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { emergentOf } from '../../analysis/emergent.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import { replicasOf } from '../../model/server-record.ts';
import type { IntentMirror } from '../fleet/intent-mirror.ts';
import type { Leadership } from '../ports.ts';
import { type RestartDeps, restartReceiver } from '../receivers/restart-receiver.ts';

/** One source, and each of its replicas, is treated so at most once in this time (historic). */
const AGAIN_AFTER_MS = 30_000;

export interface EmergencyDeps extends RestartDeps {
  /** Reads a server soon. */
  readAgain(key: InstanceKey): void;
  /** It is knocked at all the time, and its replicas are read: no need for another look. */
  isInvestigated(key: InstanceKey): boolean;
  readonly leadership: Pick<Leadership, 'isLeader'>;
  /** Knows the global switch. */
  readonly intentMirror: Pick<IntentMirror, 'current'>;
}

/**
 * Does the emergent operations of what the analysis says (analysis/emergent.ts), at once and without waiting. Called with every
 * verdict that is not excused by a downtime, again and again as long as it stands.
 */
export function createEmergency(
  deps: EmergencyDeps,
  settings: { readonly probeDeadlineMs: number },
): { onSeen(entry: AnalysisEntry): void } {
  const { fleet, clock, logger } = deps;
  const restartedAtMs = new Map<string, number>();

  /** This node leads, and recoveries are not disabled globally. Looking is always allowed. */
  const mayChangeServers = (): boolean =>
    deps.leadership.isLeader() && deps.intentMirror.current()?.isRecoveryDisabled === false;

  /** True once in AGAIN_AFTER_MS. */
  function mayRestart(name: string): boolean {
    const nowMs = clock.monotonicMs();
    if (nowMs - (restartedAtMs.get(name) ?? Number.NEGATIVE_INFINITY) < AGAIN_AFTER_MS) return false;
    for (const [other, atMs] of restartedAtMs) if (nowMs - atMs >= AGAIN_AFTER_MS) restartedAtMs.delete(other);
    restartedAtMs.set(name, nowMs);
    return true;
  }

  /** The direct replicas, and those below a replica that only passes the log on. */
  function replicasBelow(key: InstanceKey): readonly InstanceKey[] {
    const seen = new Set([formatKey(key)]);
    const below = (source: InstanceKey): readonly InstanceKey[] =>
      replicasOf(source, fleet.records()).flatMap((replica) => {
        if (seen.has(formatKey(replica.key))) return [];
        seen.add(formatKey(replica.key));
        return [replica.key, ...(replica.instance?.isBinlogServer === true ? below(replica.key) : [])];
      });
    return below(key);
  }

  function lookAtSource(key: InstanceKey): void {
    if (fleet.recordOf(key) !== null && !deps.isInvestigated(key)) deps.readAgain(key);
  }

  function restartReceivers({ key, replicas }: AnalysisEntry['view']): void {
    if (!mayChangeServers() || !mayRestart(formatKey(key))) return;
    for (const replica of replicas) {
      const record = fleet.recordOf(replica);
      if (record?.intent.inMaintenance !== false || !mayRestart(formatKey(replica))) continue;
      // One that an earlier attempt of ours left stopped is started as soon as it can be, without another look.
      restartReceiver(replica, key, deps, { mayStart: false, ...settings }).catch((thrown) =>
        logger.error({ err: thrown, server: formatKey(replica) }, 'restarting a receiver failed'),
      );
    }
  }

  return {
    onSeen({ code, view }) {
      const emergent = emergentOf(code);
      if (emergent === null) return;
      const { reads, restartsReceivers } = emergent;
      const isWatched = deps.isInvestigated(view.key);
      if (reads.includes('self') && !isWatched) deps.readAgain(view.key);
      if (reads.includes('source')) lookAtSource(view.sourceKey);
      if (reads.includes('replicas') && !isWatched) for (const key of replicasBelow(view.key)) deps.readAgain(key);
      if (restartsReceivers) restartReceivers(view);
    },
  };
}
