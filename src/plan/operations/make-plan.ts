import type { InstanceKey } from '../../model/instance-key.ts';
import type { Objection, Refusal, Stage } from '../plan.ts';
import type { Effect, LeftBehind, Member, OperationInput, OperationPlan } from './input.ts';

interface PlanParts {
  readonly purpose: string;
  /** The server whose cluster it is about. */
  readonly of: Member;
  readonly stages: readonly Stage[];
  readonly reasons?: readonly string[];
  readonly locks?: readonly Member[];
  readonly effects?: readonly Effect[];
  readonly moved?: readonly InstanceKey[];
  readonly left?: readonly LeftBehind[];
  readonly subject?: InstanceKey;
  readonly method?: string;
}

/** Fills in what most plans have in common: the server itself is what is locked, moved and shown. */
export function makePlan(parts: PlanParts): OperationPlan {
  return {
    kind: 'plan',
    purpose: parts.purpose,
    clusterName: parts.of.record.position.clusterName,
    stages: parts.stages,
    reasons: parts.reasons ?? [],
    locks: (parts.locks ?? [parts.of]).map(({ key }) => key),
    effects: parts.effects ?? [],
    moved: parts.moved ?? [parts.of.key],
    ...(parts.left === undefined || parts.left.length === 0 ? {} : { left: parts.left }),
    subject: parts.subject ?? parts.of.key,
    method: parts.method ?? null,
  };
}

/** A refusal for one reason. */
export function refuse(input: OperationInput, purpose: string, objection: Objection): Refusal {
  return refuseAll(input, purpose, objection.explanation, [objection]);
}

/** A refusal after several were tried. `reason` is one sentence. */
export function refuseAll(
  input: OperationInput,
  purpose: string,
  reason: string,
  objections: readonly Objection[],
): Refusal {
  const { instance } = input.request;
  const record = input.records.find((one) => one.key.hostname === instance.hostname && one.key.port === instance.port);
  return { kind: 'refusal', purpose, clusterName: record?.position.clusterName ?? '', reason, objections };
}
