import type { AnalysisCode, AnalysisView } from './analysis-entry.ts';
import type { RuleSettings } from './analysis-settings.ts';
import type { AnalysisRule } from './rule.ts';
import { CO_PRIMARY_RULES } from './rules-co-primary.ts';
import { INTERMEDIATE_RULES } from './rules-intermediate.ts';
import { PRIMARY_RULES } from './rules-primary.ts';

/** Of a server that fails to follow (historic analysis #28 and #29). */
const REPLICA_RULES: readonly AnalysisRule[] = [
  {
    code: 'BinlogServerFailingToConnectToMaster',
    description: 'Binlog server is unable to connect to its master',
    isActionable: false,
    isSkippableWhenReplicasDowntimed: false,
    when: (view) => view.isBinlogServer && view.isFailingToConnectToSource,
  },
  {
    code: 'FirstTierReplicaFailingToConnectToMaster',
    description: 'First tier replica, directly below the topology master, is unable to connect to the master',
    isActionable: false,
    isSkippableWhenReplicasDowntimed: false,
    when: (view) => view.depth === 1 && view.isFailingToConnectToSource,
  },
];

/** What can be wrong with a server outside of a group; the first rule that holds is the verdict. */
export const SERVER_RULES: readonly AnalysisRule[] = [
  ...PRIMARY_RULES,
  ...CO_PRIMARY_RULES,
  ...INTERMEDIATE_RULES,
  ...REPLICA_RULES,
];

/** What can be wrong with a member of a replication group: the group heals itself, only its asynchronous replicas need us. */
export const GROUP_MEMBER_RULES: readonly AnalysisRule[] = [
  {
    code: 'DeadReplicationGroupMemberWithReplicas',
    description: 'Group member cannot be reached by orchestrator and none of its replicas is replicating',
    isActionable: true,
    isSkippableWhenReplicasDowntimed: false,
    when: (view) => !view.lastCheckValid && view.countReplicas > 0 && view.countValidReplicatingReplicas === 0,
  },
];

/** The verdict when no rule holds. */
export const NO_PROBLEM: AnalysisRule = {
  code: 'NoProblem',
  description: 'No problem',
  isActionable: false,
  isSkippableWhenReplicasDowntimed: false,
  when: () => true,
};

const ALL_RULES: readonly AnalysisRule[] = [...SERVER_RULES, ...GROUP_MEMBER_RULES, NO_PROBLEM];

/** The first rule that holds of a server, or NO_PROBLEM. */
export function judgeView(view: AnalysisView, settings: RuleSettings): AnalysisRule {
  const rules = view.isGroupMember ? GROUP_MEMBER_RULES : SERVER_RULES;
  return rules.find((rule) => rule.when(view, settings)) ?? NO_PROBLEM;
}

/** The rule that gives a code; null for codes that are known by name but never given (MasterWithoutReplicas). */
export const ruleOf = (code: AnalysisCode): AnalysisRule | null => ALL_RULES.find((rule) => rule.code === code) ?? null;

/** True when a recovery belongs to the code, see AnalysisRule.isActionable. */
export const isActionableCode = (code: AnalysisCode): boolean => ruleOf(code)?.isActionable ?? false;
