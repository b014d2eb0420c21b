import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import { takesWritesBeside } from '../../model/writers.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import type { BodyEnd, RecoveryBody } from './body.ts';
import { readMembers } from './members.ts';
import { finishLeftBehind, leftBehind, runOperation, takeBackLeftBehind } from './recovery-operation.ts';
import type { RecoveryRun } from './run.ts';
import type { TraceDeps } from './traces.ts';

const LOOK_MS = 2_000;

/**
 * A primary with replicas is read-only (RecoverNonWriteableMaster): it is opened for writes, and is its own successor (historic).
 * Never one that a failover has replaced and that returned with replicas still attached: there would be two primaries. Hooks ran,
 * or our process died, since the analysis: all is looked at again right before it is opened.
 */
export function createNonWriteableBody(deps: TraceDeps): RecoveryBody {
  const request = (instance: InstanceKey): OperationRequest => ({ kind: 'set-writeable', instance, destination: null });

  async function open(run: RecoveryRun): Promise<BodyEnd> {
    const { failed } = run.intent;
    const reading = await deps.servers.probe(failed, { deadlineMs: LOOK_MS, depth: 'full', previous: null });
    if (reading.kind === 'failed') {
      deps.fleet.failed(failed, reading.failure.message, reading.isPartial);
      return { kind: 'failed', reason: `${formatKey(failed)} does not answer: ${reading.failure.message}` };
    }
    deps.fleet.answered(reading.instance);
    const objection = await objectionTo(reading.instance, run, deps);
    if (objection !== null) {
      await takeBackLeftBehind(run, deps);
      return { kind: 'cancelled', reason: objection };
    }
    await finishLeftBehind(run, deps);
    // Ours is what a process of ours opened before it died; else people did.
    if (!reading.instance.isReadOnly && !run.isResumed)
      return { kind: 'cancelled', reason: `${formatKey(failed)} takes writes again` };
    const outcome = await runOperation(run, request(failed), deps);
    if (outcome.kind === 'done') return { kind: 'recovered', successor: failed, lost: [] };
    return { kind: 'failed', reason: outcome.kind === 'refused' ? outcome.refusal.reason : outcome.reason };
  }

  return {
    auditType: 'recover-non-writeable-master',
    runsPreFailover: true,
    successHooks: null,
    isNeverForced: true,
    objection: ({ view: { key } }) => (deps.isDeposed(key) ? replacedSentence(key) : null),
    plan: ({ view }) => deps.operations().plan(request(view.key)),
    carryOut: open,
  };
}

const replacedSentence = (key: InstanceKey): string =>
  `${formatKey(key)} was replaced by a failover and is read-only on purpose; set-writeable opens it`;

/** Why it must not be opened now, one sentence; null when it may. Reads the deposed primaries and the whole cluster anew. */
async function objectionTo(primary: Instance, run: RecoveryRun, deps: TraceDeps): Promise<string | null> {
  const { key } = primary;
  const name = formatKey(key);
  const deposed = await deps.store.readDeposed();
  if (deps.isDeposed(key) || deposed.some((one) => sameKey(one.key, key))) return replacedSentence(key);
  if (primary.replication !== null)
    return `${name} follows ${formatKey(primary.replication.source)} by now, and is no primary any more`;
  const changing = await operationOn(key, run, deps);
  if (changing !== null) return changing;
  // Whoever was made primary by hand is in a cluster of its own by now: the members are those of when it began.
  const known = deps.fleet.recordsOfCluster(run.intent.clusterName).map((record) => record.key);
  const keys = new Map([...run.intent.members, ...known].map((one) => [formatKey(one), one]));
  const { records } = await readMembers(deps, [...keys.values()], key);
  const writer = records.find((record) => takesWritesBeside(key, record, records));
  return writer === undefined ? null : `${formatKey(writer.key)} takes writes by now, so that ${name} is not opened`;
}

/** An operation that closed it may have been left in the middle, and its locks have lapsed: its successor may be open already. */
async function operationOn(key: InstanceKey, run: RecoveryRun, deps: TraceDeps): Promise<string | null> {
  const operations = deps.operations();
  if (operations.isChanging(key)) return `an operation on ${formatKey(key)} is under way`;
  const own = await leftBehind(run, deps);
  const left = (await operations.unfinished()).find(
    ({ uid, touched }) => touched.some((one) => sameKey(one, key)) && !own.some((mine) => mine.uid === uid),
  );
  if (left === undefined) return null;
  return `"${left.purpose}" was left in the middle: finish-operation or undo-operation ${left.uid} first`;
}
