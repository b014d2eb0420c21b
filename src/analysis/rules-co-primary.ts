import type { AnalysisView } from './analysis-entry.ts';
import type { AnalysisRule } from './rule.ts';
import { allValidNoneReplicating, someReplicating, someValidNoneReplicating } from './rule.ts';

const isDeadCoPrimary = (view: AnalysisView): boolean => view.isCoPrimary && !view.lastCheckValid;

/** Of one of two servers that follow each other (historic analysis #15 to #18). */
export const CO_PRIMARY_RULES: readonly AnalysisRule[] = [
  {
    code: 'DeadCoMaster',
    description: 'Co-master cannot be reached by orchestrator and none of its replicas is replicating',
    isActionable: true,
    isSkippableWhenReplicasDowntimed: false,
    when: (view) => isDeadCoPrimary(view) && view.countReplicas > 0 && allValidNoneReplicating(view),
  },
  {
    code: 'DeadCoMasterAndSomeReplicas',
    description:
      'Co-master cannot be reached by orchestrator, some of its replicas cannot either and none of the others is replicating',
    isActionable: true,
    isSkippableWhenReplicasDowntimed: false,
    when: (view) => isDeadCoPrimary(view) && someValidNoneReplicating(view),
  },
  {
    code: 'UnreachableCoMaster',
    description:
      'Co-master cannot be reached by orchestrator but it has replicating replicas, so the network may be at fault',
    isActionable: false,
    isSkippableWhenReplicasDowntimed: false,
    when: (view) => isDeadCoPrimary(view) && !view.lastCheckPartialSuccess && someReplicating(view),
  },
  {
    code: 'AllCoMasterReplicasNotReplicating',
    description: 'Co-master is reachable but none of its replicas is replicating',
    isActionable: false,
    isSkippableWhenReplicasDowntimed: true,
    when: (view) =>
      view.isCoPrimary && view.lastCheckValid && view.countReplicas > 0 && view.countValidReplicatingReplicas === 0,
  },
];
