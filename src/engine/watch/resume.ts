import { judge } from '../../analysis/analyse.ts';
import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import type { AnalysisSettings } from '../../analysis/analysis-settings.ts';
import { RECOVERABLE_CODES } from '../../analysis/recovery-kinds.ts';
import { buildViews } from '../../analysis/views.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock, Logger, RecoveryIntent, RecoveryRecord, RecoveryStore } from '../ports.ts';
import type { Recoveries } from '../recovery/recoveries.ts';

/**
 * The analysis that a recovery was begun on, rebuilt: its cluster may already have been taken apart, and what people decided
 * since (maintenance) does not undo that it was begun. `begun` is its row; without one every member counts as a replica.
 */
export function entryOfIntent(
  intent: RecoveryIntent,
  begun: Pick<RecoveryRecord, 'analysis' | 'replicas'> | null,
  records: readonly ServerRecord[],
  settings: AnalysisSettings,
  nowMs: number,
): AnalysisEntry | null {
  const visible = records.map((record) => ({ ...record, intent: { ...record.intent, inMaintenance: false } }));
  const views = buildViews(visible, { nowMs, settings, staleCoordinates: new Set() });
  const view = views.find(({ key }) => sameKey(key, intent.failed));
  if (view === undefined) return null;
  const replicas = begun?.replicas ?? intent.members.filter((key) => !sameKey(key, intent.failed));
  const then = { ...view, clusterName: intent.clusterName, replicas, countReplicas: replicas.length };
  const code = RECOVERABLE_CODES.find((name) => name === begun?.analysis) ?? 'DeadMaster';
  return { ...judge(then, settings), code };
}

/**
 * Recoveries that another process, or we ourselves without a backend, left open are gone on with, or closed. One that a living
 * process holds is left alone: exclusion is by the store, ownership by the process (design §3.6). Called at the start and now
 * and then: a process that shares the backend may die at any time.
 */
export async function resumeRecoveries(
  deps: {
    readonly store: RecoveryStore;
    readonly fleet: Fleet;
    readonly recoveries: Recoveries;
    readonly clock: Clock;
    readonly logger: Logger;
    /** The name of this process as owner; what it holds and does not work at was left when the backend went away. */
    readonly owner: string;
    isOwnerAlive(owner: string): boolean;
  },
  settings: AnalysisSettings,
): Promise<void> {
  const { store, fleet, recoveries, clock, logger } = deps;
  const mayClaim = ({ uid, owner, failed }: RecoveryIntent): boolean =>
    (owner === deps.owner || !deps.isOwnerAlive(owner)) &&
    !recoveries.isBeingRecovered(failed) &&
    !recoveries.isFinishing(uid);
  const open = (await store.readOpenIntents()).filter(mayClaim);
  const resumeOne = async (intent: RecoveryIntent): Promise<void> => {
    for (const key of [intent.failed, ...intent.members]) if (fleet.recordOf(key) === null) fleet.add(key);
    const [begun] = await store.readRecoveries({ uid: intent.uid });
    const entry = entryOfIntent(intent, begun ?? null, fleet.records(), settings, clock.now());
    if (entry === null) throw new Error(`the failed server ${formatKey(intent.failed)} is not known any more`);
    await recoveries.resume(intent, entry);
  };
  await Promise.all(
    open.map((intent) =>
      resumeOne(intent).catch((thrown) =>
        logger.error({ err: thrown, uid: intent.uid }, 'a recovery left open could not be resumed'),
      ),
    ),
  );
}
