import { judge } from '../analysis/analyse.ts';
import type { AnalysisEntry } from '../analysis/analysis-entry.ts';
import type { AnalysisSettings } from '../analysis/analysis-settings.ts';
import { buildViews } from '../analysis/views.ts';
import { formatKey, sameKey } from '../model/instance-key.ts';
import type { ServerRecord } from '../model/server-record.ts';
import type { Fleet } from './fleet.ts';
import type { Clock, Logger, RecoveryIntent, RecoveryStore } from './ports.ts';
import type { Recoveries } from './recovery/recoveries.ts';

/** The analysis that a recovery was begun on, rebuilt: its cluster may already have been taken apart. */
export function entryOfIntent(
  intent: RecoveryIntent,
  records: readonly ServerRecord[],
  settings: AnalysisSettings,
  nowMs: number,
): AnalysisEntry | null {
  const views = buildViews(records, { nowMs, settings, staleCoordinates: new Set() });
  const view = views.find(({ key }) => sameKey(key, intent.failed));
  if (view === undefined) return null;
  const replicas = intent.members.filter((key) => !sameKey(key, intent.failed));
  const then = { ...view, clusterName: intent.clusterName, replicas, countReplicas: replicas.length };
  return { ...judge(then, settings), code: 'DeadMaster' };
}

/**
 * Recoveries that an earlier process of ours left open are gone on with, or closed. One that a living process holds is left
 * alone: exclusion is by the store, ownership by the process (design §3.6).
 */
export async function resumeRecoveries(
  deps: {
    readonly store: RecoveryStore;
    readonly fleet: Fleet;
    readonly recoveries: Recoveries;
    readonly clock: Clock;
    readonly logger: Logger;
    isOwnerAlive(owner: string): boolean;
  },
  settings: AnalysisSettings,
): Promise<void> {
  const { store, fleet, recoveries, clock, logger } = deps;
  const open = (await store.readOpenIntents()).filter(({ owner }) => !deps.isOwnerAlive(owner));
  const resumeOne = async (intent: RecoveryIntent): Promise<void> => {
    for (const key of [intent.failed, ...intent.members]) if (fleet.recordOf(key) === null) fleet.add(key);
    const entry = entryOfIntent(intent, fleet.records(), settings, clock.now());
    if (entry === null) throw new Error(`the failed primary ${formatKey(intent.failed)} is not known any more`);
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
