import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { takesWritesBeside } from '../../model/writers.ts';
import type { OperationPlan } from '../../plan/operations/input.ts';
import type { Step } from '../../plan/plan.ts';
import { isPassed } from '../executor/remainder.ts';

export interface SucceededDeps {
  recordOf(key: InstanceKey): ServerRecord | null;
  recordsOfCluster(clusterName: string): readonly ServerRecord[];
  /** Reads a server now and takes it in; false when it did not answer. */
  readNow(key: InstanceKey): Promise<boolean>;
  /** A failover has replaced it, and it is kept from taking writes. */
  isDeposed(key: InstanceKey): boolean;
}

/** Who was to hand its role over to whom; null where a plan is no such thing, or that is behind it. */
export function handoverAhead(
  plan: OperationPlan,
  begun: readonly Step[],
): { readonly primary: InstanceKey; readonly successor: InstanceKey } | null {
  const closing = plan.stages.find(({ isRenewed }) => isRenewed === true)?.lanes[0];
  const steps = plan.stages.flatMap(({ lanes }) => lanes.flatMap((lane) => lane.steps));
  const opening = steps.find(({ isPointOfNoReturn }) => isPointOfNoReturn === true);
  if (closing === undefined || opening === undefined || isPassed(plan, begun)) return null;
  return { primary: closing.server, successor: opening.server };
}

/**
 * A handover that was left in the middle may have been overtaken: a failover, or people, made somebody else the primary. Then nobody is
 * opened for it any more, neither the successor nor, taking it back, the former primary. Reads all concerned anew; one sentence, or null.
 */
export async function succeededMeanwhile(
  plan: OperationPlan,
  begun: readonly Step[],
  how: 'finish' | 'undo',
  deps: SucceededDeps,
): Promise<string | null> {
  const handover = handoverAhead(plan, begun);
  if (handover === null) return null;
  const { primary, successor } = handover;
  const [name, itsName] = [formatKey(primary), formatKey(successor)];
  const known = deps.recordsOfCluster(plan.clusterName).map(({ key }) => key);
  const keys = new Map([primary, successor, ...plan.locks, ...known].map((key) => [formatKey(key), key]));
  const silent: string[] = [];
  await Promise.all([...keys].map(async ([one, key]) => void ((await deps.readNow(key)) || silent.push(one))));
  if (deps.isDeposed(primary)) return `${name} was replaced by a failover meanwhile`;
  const source = deps.recordOf(primary)?.instance?.replication?.source;
  if (source !== undefined) return `${name} follows ${formatKey(source)} by now, and is no primary any more`;
  const records = [...keys.values()].flatMap((key) => deps.recordOf(key) ?? []);
  const writer = records.find((record) => takesWritesBeside(primary, record, records));
  if (writer !== undefined) return `${formatKey(writer.key)} takes writes by now, and does not follow ${name}`;
  if (how === 'undo') return null;
  const mute = [name, itsName].find((one) => silent.includes(one));
  if (mute !== undefined) return `${mute} does not answer, so that nobody knows whether it takes writes`;
  const its = deps.recordOf(successor)?.instance?.replication?.source;
  if (its !== undefined && sameKey(its, primary)) return null;
  return `${itsName} ${its === undefined ? 'has no source' : `follows ${formatKey(its)}`} by now, not ${name}`;
}

/**
 * A make-master that was left opens a replica for a source that was dead. That may be back by now, or people may have opened another
 * server. Reads all of the cluster anew; who does not answer takes no writes from anybody here. One sentence, or null.
 */
export async function openedMeanwhile(plan: OperationPlan, deps: SucceededDeps): Promise<string | null> {
  const opened = plan.effects.find((effect) => effect.kind === 'read-only' && !effect.readOnly)?.server;
  if (opened === undefined) return null;
  const known = [...deps.recordsOfCluster(plan.clusterName).map(({ key }) => key), ...plan.locks];
  const keys = new Map(known.map((key) => [formatKey(key), key]));
  const answering = await Promise.all(
    [...keys.values()].map(async (key) => ((await deps.readNow(key)) ? deps.recordOf(key) : null)),
  );
  const records = answering.filter((record) => record !== null);
  const writer = records.find((record) => takesWritesBeside(opened, record, records));
  return writer === undefined
    ? null
    : `${formatKey(writer.key)} takes writes by now, and does not follow ${formatKey(opened)}`;
}
