import { isReplicating } from '../model/instance.ts';
import { type InstanceKey, isDetachedKey } from '../model/instance-key.ts';
import type { ServerRecord } from '../model/server-record.ts';
import type { OperationPlan } from '../plan/operations/input.ts';
import type { Condition, Refusal } from '../plan/plan.ts';
import { asciiTopology } from './ascii-topology.ts';
import { conditionText } from './condition-words.ts';
import type { InstanceJsonContext } from './instance-json.ts';

/** What the engine says an operation would do. */
export interface PreviewParts {
  readonly plan: OperationPlan;
  readonly steps: readonly {
    readonly stage: string;
    readonly server: InstanceKey;
    readonly statements: readonly string[];
    readonly why: string;
    readonly requires: Condition | null;
    readonly waitsFor: Condition | null;
    readonly isDestructive: boolean;
    readonly hasWayBack: boolean;
  }[];
  readonly before: readonly ServerRecord[];
  readonly after: readonly ServerRecord[];
}

/** One step of a dry run. `requires` and `waitsFor` end the sentences "only if …" and "wait until …"; null for nothing. */
export interface PreviewStepJson {
  readonly stage: string;
  readonly server: InstanceKey;
  readonly statements: readonly string[];
  readonly requires: string | null;
  readonly waitsFor: string | null;
  readonly why: string;
  readonly isDestructive: boolean;
  readonly hasWayBack: boolean;
}

/** A topology as text, and server by server. */
export interface PreviewTopologyJson {
  readonly ascii: string;
  readonly instances: readonly {
    readonly key: InstanceKey;
    readonly source: InstanceKey | null;
    readonly isDetached: boolean;
    readonly isReplicating: boolean;
    /** null for a server that never answered. */
    readonly isReadOnly: boolean | null;
  }[];
}

/** The answer of a dry run: `Details` of the API, and what the command line draws. */
export interface OperationPreviewJson {
  readonly purpose: string;
  readonly clusterName: string;
  readonly reasons: readonly string[];
  readonly method: string | null;
  readonly steps: readonly PreviewStepJson[];
  readonly before: PreviewTopologyJson;
  readonly after: PreviewTopologyJson;
}

/** A preview for the wire. */
export function operationPreviewJson(
  { plan, steps, before, after }: PreviewParts,
  context: InstanceJsonContext,
): OperationPreviewJson {
  return {
    purpose: plan.purpose,
    clusterName: plan.clusterName,
    reasons: plan.reasons,
    method: plan.method,
    steps: steps.map(({ stage, server, statements, requires, waitsFor, why, isDestructive, hasWayBack }) => ({
      stage,
      server,
      statements,
      requires: requires === null ? null : conditionText(requires),
      waitsFor: waitsFor === null ? null : conditionText(waitsFor),
      why,
      isDestructive,
      hasWayBack,
    })),
    before: topologyJson(before, context),
    after: topologyJson(after, context),
  };
}

function topologyJson(records: readonly ServerRecord[], context: InstanceJsonContext): PreviewTopologyJson {
  return {
    ascii: asciiTopology(records, 'tree', context),
    instances: records.map(({ key, instance }) => {
      const source = instance?.replication?.source ?? null;
      return {
        key,
        source,
        isDetached: source !== null && isDetachedKey(source),
        isReplicating: instance !== null && isReplicating(instance),
        isReadOnly: instance?.isReadOnly ?? null,
      };
    }),
  };
}

/** `Details` of a dry run that was refused: every method tried, and the rule that refused it. */
export const refusalJson = ({ purpose, clusterName, reason, objections }: Refusal) => ({
  purpose,
  clusterName,
  reason,
  objections,
});
