import type { AnalysisCode } from '../analysis/analysis-entry.ts';
import { type RecoveryKind, recoveryKindOf } from '../analysis/recovery-kinds.ts';
import type { Store } from '../engine/ports.ts';

/** What a kind of recovery is called in metrics; the first four names are historic. */
const LABELS: Readonly<Record<RecoveryKind, string>> = {
  'dead-primary': 'dead_master',
  'dead-co-primary': 'dead_co_master',
  'dead-intermediate': 'dead_intermediate_master',
  'dead-group-member': 'dead_replication_group_member',
  'locked-semi-sync': 'locked_semi_sync_master',
  'surplus-semi-sync': 'surplus_semi_sync_replicas',
  'non-writeable-primary': 'non_writeable_master',
};

/** All labels that there are. */
export const RECOVERY_LABELS: readonly string[] = Object.values(LABELS);

export interface RecoveryLabels {
  /** The same store; remembers what kind every recovery is that is registered. */
  listening(store: Store): Store;
  /** Its kind, e.g. `dead_master`: also that of a takeover, and of a recovery that an earlier process registered. */
  labelOf(uid: string): string;
  /** It has ended. */
  forget(uid: string): void;
}

/** Live events of recoveries tell no kind; the registration does. */
export function createRecoveryLabels(): RecoveryLabels {
  const labels = new Map<string, string>();
  return {
    listening: (store) => ({
      ...store,
      recoveries: {
        ...store.recoveries,
        async registerRecovery(recovery) {
          const registration = await store.recoveries.registerRecovery(recovery);
          const kind = recoveryKindOf(recovery.analysis as AnalysisCode);
          if (registration.kind === 'registered' && kind !== null) labels.set(recovery.uid, LABELS[kind]);
          return registration;
        },
      },
    }),
    labelOf: (uid) => labels.get(uid) ?? LABELS['dead-primary'],
    forget: (uid) => void labels.delete(uid),
  };
}
