import { formatCoordinates } from '../model/coordinates.ts';
import { formatKey, type InstanceKey, sameKey } from '../model/instance-key.ts';
import type { ServerRecord } from '../model/server-record.ts';
import type { OperationPlan } from '../plan/operations/input.ts';
import type { OperationRequest } from '../plan/operations/request.ts';
import type { Noted, Step } from '../plan/plan.ts';
import type { DoneFacts, OperationWords } from './operation-words.ts';

/** A server, and what went wrong there. */
export interface Trouble {
  readonly server: InstanceKey;
  readonly reason: string;
}

/** What came of an operation that was done, as far as answers tell of it. */
export interface DoneOperation {
  readonly plan: OperationPlan;
  /** As read after the operation. */
  readonly subject: ServerRecord;
  readonly moved: readonly ServerRecord[];
  /** What the steps of the plan noted on the way. */
  readonly notes?: ReadonlyMap<string, Noted>;
  readonly failed: readonly Trouble[];
  /** Servers that could not be put back either. */
  readonly leftovers: readonly Trouble[];
}

/** The request and its end in the words of the table. */
export function factsOf(request: OperationRequest, done: DoneOperation): DoneFacts {
  const { plan, subject, failed } = done;
  const moved = done.moved.filter(({ key }) => !sameKey(key, subject.key)).length;
  const source = subject.instance?.replication?.source;
  const destination = request.destination ?? (sameKey(subject.key, request.instance) ? source : subject.key);
  return {
    instance: formatKey(request.instance),
    destination: destination === undefined ? '' : formatKey(destination),
    subject: formatKey(subject.key),
    moved,
    movedByPseudoGtid: plan.method?.includes('pseudo-gtid') === true ? moved : 0,
    failed: failed.length + (plan.left?.length ?? 0),
    matchedAt: matchedAt(done),
    injected: injectedBy(plan),
  };
}

const stepsOf = (plan: OperationPlan): readonly Step[] =>
  plan.stages.flatMap(({ lanes }) => lanes.flatMap(({ steps }) => steps));

function matchedAt({ plan, subject, notes }: DoneOperation): string {
  for (const { server, action } of stepsOf(plan)) {
    if (action.kind !== 'correlate' || !sameKey(server, subject.key)) continue;
    const place = notes?.get(action.note);
    if (place !== undefined && place.kind !== 'gtid') return formatCoordinates(place);
  }
  return '';
}

const injectedBy = (plan: OperationPlan): number =>
  stepsOf(plan).reduce(
    (count, { action }) =>
      action.kind === 'command' && action.command.kind === 'inject-empty' ? count + action.command.gtids.length : count,
    0,
  );

/** True when several were to be moved and none could be: for a historic caller that is an error. */
export const movedNothing = ({ moved, failed }: DoneOperation): boolean => moved.length === 0 && failed.length > 0;

/** What troublesText tells of; the plan where there was one. */
type Troubles = Pick<DoneOperation, 'failed' | 'leftovers'> & { readonly plan?: Pick<OperationPlan, 'left'> };

/** Everything that went wrong on the way, and who was left where it is, `server: reason` each; '' when nothing did. */
export function troublesText({ failed, leftovers, plan }: Troubles): string {
  const left = leftovers.map((one) => ({ ...one, reason: `is not as it was before: ${one.reason}` }));
  return [...(plan?.left ?? []), ...failed, ...left]
    .map(({ server, reason }) => `${formatKey(server)}: ${reason}`)
    .join('; ');
}

/** The message of an operation that was done: what, and what went wrong beside it. */
export function doneMessage(words: OperationWords, request: OperationRequest, done: DoneOperation): string {
  const troubles = troublesText(done);
  return `${words.message(factsOf(request, done))}${troubles === '' ? '' : `: ${troubles}`}`;
}
