import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { virtualAddressOf } from '../../model/virtual-name.ts';
import type { OperationPlan } from '../../plan/operations/input.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import type { Objection, Refusal } from '../../plan/plan.ts';
import type { NameVerifier } from './verify-name.ts';

const RULE = 'virtual-name';

/** The plan, or why it is refused: a replica would be told to connect by a virtual name that leads elsewhere, or nobody knows where. */
export async function withNamesVerified(
  plan: OperationPlan,
  request: OperationRequest,
  records: readonly ServerRecord[],
  verify: NameVerifier,
): Promise<OperationPlan | Refusal> {
  if (request.trustsVirtualNames === true) return plan;
  const objections = await Promise.all(addressedByName(plan, records).map((record) => objectionOf(record, verify)));
  const [first, ...others] = objections.filter((objection) => objection !== null);
  if (first === undefined) return plan;
  const remedy = 'register the right name, deregister it, or give -skip-unresolve or -skip-unresolve-check';
  const { purpose, clusterName } = plan;
  const reason = `${first.explanation}; ${remedy}`;
  return { kind: 'refusal', purpose, clusterName, reason, objections: [first, ...others] };
}

/** Nothing but names stands in the way of what was refused. */
export const isAboutNames = ({ objections }: Refusal): boolean =>
  objections.length > 0 && objections.every(({ rule }) => rule === RULE);

/** The servers that the plan makes replicas address by their virtual names. */
function addressedByName({ stages }: OperationPlan, records: readonly ServerRecord[]): readonly ServerRecord[] {
  const named = records.filter((record) => virtualAddressOf(record) !== null);
  if (named.length === 0) return [];
  const sources = stages
    .flatMap(({ lanes }) => lanes.flatMap(({ steps }) => steps))
    .flatMap(({ action }) =>
      action.kind === 'command' && action.command.kind === 'change-source' ? [action.command.source] : [],
    );
  return named.filter((record) => {
    const address = virtualAddressOf(record);
    return sources.some((source) => address !== null && sameKey(source, address));
  });
}

async function objectionOf(record: ServerRecord, verify: NameVerifier): Promise<Objection | null> {
  const explanation = await verify(record);
  return explanation === null ? null : { subject: formatKey(record.key), rule: RULE, explanation };
}
