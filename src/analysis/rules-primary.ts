import type { AnalysisView } from './analysis-entry.ts';
import type { AnalysisRule } from './rule.ts';
import {
  allLaggingSomeReplicating,
  allValidNoneReplicating,
  someReplicating,
  someValidNoneReplicating,
} from './rule.ts';

const isDeadPrimary = (view: AnalysisView): boolean => view.isPrimary && !view.lastCheckValid;
const isLivePrimary = (view: AnalysisView): boolean => view.isPrimary && view.lastCheckValid;

/** A commit on it waits for acknowledgements by semi-sync replicas, as it is configured to. */
const isWaitingForSemiSync = (view: AnalysisView): boolean =>
  view.isPrimary && view.semiSyncSourceEnabled && view.semiSyncSourceActive && view.semiSyncWaitForReplicaCount > 0;

const lacksSemiSyncReplicas = (view: AnalysisView): boolean =>
  isWaitingForSemiSync(view) && view.semiSyncConnectedReplicas < view.semiSyncWaitForReplicaCount;

/** Of a primary: the server follows nobody. In order of evaluation (historic analysis #1 to #14). */
export const PRIMARY_RULES: readonly AnalysisRule[] = [
  {
    code: 'DeadMasterWithoutReplicas',
    description: 'Master cannot be reached by orchestrator and has no replica',
    isActionable: false,
    isSkippableWhenReplicasDowntimed: false,
    when: (view) => isDeadPrimary(view) && view.countReplicas === 0,
  },
  {
    code: 'DeadMaster',
    description: 'Master cannot be reached by orchestrator and none of its replicas is replicating',
    isActionable: true,
    isSkippableWhenReplicasDowntimed: false,
    when: (view) => isDeadPrimary(view) && allValidNoneReplicating(view),
  },
  {
    code: 'DeadMasterAndReplicas',
    description: 'Master cannot be reached by orchestrator and neither can any of its replicas',
    isActionable: false,
    isSkippableWhenReplicasDowntimed: false,
    when: (view) =>
      isDeadPrimary(view) &&
      view.countReplicas > 0 &&
      view.countValidReplicas === 0 &&
      view.countValidReplicatingReplicas === 0,
  },
  {
    code: 'DeadMasterAndSomeReplicas',
    description:
      'Master cannot be reached by orchestrator, some of its replicas cannot either and none of the others is replicating',
    isActionable: true,
    isSkippableWhenReplicasDowntimed: false,
    when: (view) => isDeadPrimary(view) && someValidNoneReplicating(view),
  },
  {
    code: 'UnreachableMasterWithLaggingReplicas',
    description: 'Master cannot be reached by orchestrator and all of its replicas are lagging',
    isActionable: false,
    isSkippableWhenReplicasDowntimed: false,
    when: (view) => isDeadPrimary(view) && allLaggingSomeReplicating(view),
  },
  {
    code: 'UnreachableMaster',
    description:
      'Master cannot be reached by orchestrator but it has replicating replicas, so the network may be at fault',
    isActionable: false,
    isSkippableWhenReplicasDowntimed: false,
    when: (view) =>
      isDeadPrimary(view) &&
      someReplicating(view) &&
      // A check that got half way counts only when a replica has trouble as well.
      (!view.lastCheckPartialSuccess || view.countReplicasFailingToConnect > 0),
  },
  {
    code: 'LockedSemiSyncMaster',
    description: 'Semi-sync master is locked since it has too few semi-sync replicas to acknowledge its commits',
    isActionable: true,
    isSkippableWhenReplicasDowntimed: false,
    when: (view) => lacksSemiSyncReplicas(view) && view.hasStaleCoordinates,
  },
  {
    code: 'LockedSemiSyncMasterHypothesis',
    description: 'Semi-sync master may be locked, which more samplings will tell',
    isActionable: false,
    isSkippableWhenReplicasDowntimed: false,
    when: (view) => lacksSemiSyncReplicas(view) && !view.hasStaleCoordinates,
  },
  {
    code: 'MasterWithTooManySemiSyncReplicas',
    description: 'Semi-sync master has more semi-sync replicas than it waits for',
    isActionable: true,
    isSkippableWhenReplicasDowntimed: false,
    when: (view, settings) =>
      settings.enforceExactSemiSyncReplicas &&
      isWaitingForSemiSync(view) &&
      view.semiSyncConnectedReplicas > view.semiSyncWaitForReplicaCount,
  },
  {
    code: 'NoWriteableMasterStructureWarning',
    description: 'Master with replicas is read only',
    isActionable: true,
    isSkippableWhenReplicasDowntimed: false,
    when: (view, settings) =>
      settings.recoverNonWriteablePrimary &&
      isLivePrimary(view) &&
      view.isReadOnly &&
      view.countValidReplicatingReplicas > 0,
  },
  {
    code: 'MasterSingleReplicaNotReplicating',
    description: 'Master is reachable but its single replica is not replicating',
    isActionable: false,
    isSkippableWhenReplicasDowntimed: false,
    when: (view) => isLivePrimary(view) && view.countReplicas === 1 && allValidNoneReplicating(view),
  },
  {
    code: 'MasterSingleReplicaDead',
    description: 'Master is reachable but its single replica cannot be reached',
    isActionable: false,
    isSkippableWhenReplicasDowntimed: true,
    when: (view) => isLivePrimary(view) && view.countReplicas === 1 && view.countValidReplicas === 0,
  },
  {
    code: 'AllMasterReplicasNotReplicating',
    description: 'Master is reachable but none of its replicas is replicating',
    isActionable: false,
    isSkippableWhenReplicasDowntimed: true,
    when: (view) => isLivePrimary(view) && view.countReplicas > 1 && allValidNoneReplicating(view),
  },
  {
    code: 'AllMasterReplicasNotReplicatingOrDead',
    description: 'Master is reachable but none of its reachable replicas is replicating',
    isActionable: false,
    isSkippableWhenReplicasDowntimed: true,
    when: (view) => isLivePrimary(view) && view.countReplicas > 1 && someValidNoneReplicating(view),
  },
];
