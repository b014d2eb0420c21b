import type { AnalysisView } from './analysis-entry.ts';
import type { AnalysisRule } from './rule.ts';
import {
  allLaggingSomeReplicating,
  allValidNoneReplicating,
  someReplicating,
  someValidNoneReplicating,
} from './rule.ts';

const isDeadIntermediate = (view: AnalysisView): boolean => !view.isPrimary && !view.lastCheckValid;
const isLiveIntermediate = (view: AnalysisView): boolean => !view.isPrimary && view.lastCheckValid;

/**
 * Of a server that follows another and is followed itself (historic analysis #19 to #27). A co-primary that no rule of
 * its own took comes here too, as it always has.
 */
export const INTERMEDIATE_RULES: readonly AnalysisRule[] = [
  {
    code: 'DeadIntermediateMasterWithSingleReplicaFailingToConnect',
    description:
      'Intermediate master cannot be reached by orchestrator and its single replica is failing to connect to it',
    isActionable: true,
    isSkippableWhenReplicasDowntimed: true,
    when: (view) =>
      isDeadIntermediate(view) &&
      view.countReplicas === 1 &&
      allValidNoneReplicating(view) &&
      view.countReplicasFailingToConnect === view.countReplicas,
  },
  {
    code: 'DeadIntermediateMasterWithSingleReplica',
    description: 'Intermediate master cannot be reached by orchestrator and its single replica is not replicating',
    isActionable: false,
    isSkippableWhenReplicasDowntimed: true,
    when: (view) => isDeadIntermediate(view) && view.countReplicas === 1 && allValidNoneReplicating(view),
  },
  {
    code: 'DeadIntermediateMaster',
    description: 'Intermediate master cannot be reached by orchestrator and none of its replicas is replicating',
    isActionable: true,
    isSkippableWhenReplicasDowntimed: false,
    when: (view) => isDeadIntermediate(view) && view.countReplicas > 1 && allValidNoneReplicating(view),
  },
  {
    code: 'DeadIntermediateMasterAndSomeReplicas',
    description:
      'Intermediate master cannot be reached by orchestrator, some of its replicas cannot either and none of the others is replicating',
    isActionable: true,
    isSkippableWhenReplicasDowntimed: true,
    when: (view) => isDeadIntermediate(view) && someValidNoneReplicating(view),
  },
  {
    code: 'DeadIntermediateMasterAndReplicas',
    description: 'Intermediate master cannot be reached by orchestrator and neither can any of its replicas',
    isActionable: false,
    isSkippableWhenReplicasDowntimed: true,
    when: (view) => isDeadIntermediate(view) && view.countReplicas > 0 && view.countValidReplicas === 0,
  },
  {
    code: 'UnreachableIntermediateMasterWithLaggingReplicas',
    description: 'Intermediate master cannot be reached by orchestrator and all of its replicas are lagging',
    isActionable: false,
    isSkippableWhenReplicasDowntimed: false,
    when: (view) => isDeadIntermediate(view) && allLaggingSomeReplicating(view),
  },
  {
    code: 'UnreachableIntermediateMaster',
    description:
      'Intermediate master cannot be reached by orchestrator but it has replicating replicas, so the network may be at fault',
    isActionable: false,
    isSkippableWhenReplicasDowntimed: false,
    when: (view) => isDeadIntermediate(view) && !view.lastCheckPartialSuccess && someReplicating(view),
  },
  {
    code: 'AllIntermediateMasterReplicasFailingToConnectOrDead',
    description: 'Intermediate master is reachable but all of its reachable replicas are failing to connect to it',
    isActionable: true,
    isSkippableWhenReplicasDowntimed: true,
    when: (view) =>
      isLiveIntermediate(view) &&
      view.countReplicas > 1 &&
      view.countValidReplicatingReplicas === 0 &&
      view.countReplicasFailingToConnect > 0 &&
      view.countReplicasFailingToConnect === view.countValidReplicas,
  },
  {
    code: 'AllIntermediateMasterReplicasNotReplicating',
    description: 'Intermediate master is reachable but none of its reachable replicas is replicating',
    isActionable: false,
    isSkippableWhenReplicasDowntimed: true,
    when: (view) =>
      isLiveIntermediate(view) &&
      view.countReplicas > 0 &&
      view.countValidReplicas > 0 &&
      view.countValidReplicatingReplicas === 0,
  },
];
