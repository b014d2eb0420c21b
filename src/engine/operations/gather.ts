import { formatKey, type InstanceKey, isDetachedKey, isUsableKey } from '../../model/instance-key.ts';
import { replicasOf, type ServerRecord } from '../../model/server-record.ts';
import type { OperationKind, OperationRequest } from '../../plan/operations/request.ts';
import type { EquivalenceStore, Servers } from '../ports.ts';

export interface GatherDeps {
  readonly servers: Servers;
  readonly equivalences: EquivalenceStore;
  recordOf(key: InstanceKey): ServerRecord | null;
  records(): readonly ServerRecord[];
  /** Reads a server now and takes it in; false when it did not answer. */
  readNow(key: InstanceKey): Promise<boolean>;
}

/** Operations on all replicas of a server; they, too, are read before. */
const concernsReplicas = (kind: OperationKind): boolean =>
  /replicas|regroup|siblings|make-(local-)?master|take-master|takeover|purge|reset-master/.test(kind);

/**
 * Reads everything a planner looks at, now: the server, its destination, the sources above both, and where the operation is about
 * replicas or siblings, those. Servers that do not answer keep their last reading; the planner sees how old it is.
 */
export async function readParticipants(request: OperationRequest, deps: GatherDeps): Promise<void> {
  const done = new Set<string>();
  const read = async (keys: readonly (InstanceKey | null | undefined)[]): Promise<void> => {
    const wanted = keys.filter((key): key is InstanceKey => key != null && isUsableKey(key) && !isDetachedKey(key));
    const fresh = wanted.filter((key) => !done.has(formatKey(key)) && done.add(formatKey(key)));
    await Promise.all(fresh.map((key) => deps.readNow(key)));
  };
  const sourceOf = (key: InstanceKey | null | undefined): InstanceKey | undefined =>
    key == null ? undefined : deps.recordOf(key)?.instance?.replication?.source;
  const { instance, destination } = request;
  await read([instance, destination, sourceOf(instance), sourceOf(destination), sourceOf(sourceOf(instance))]);
  // A source that was only just learnt of, or has changed since it was last read.
  await read([sourceOf(instance), sourceOf(destination), sourceOf(sourceOf(instance))]);
  if (!concernsReplicas(request.kind)) return;
  const siblings = sourceOf(instance);
  await read(
    [instance, ...(siblings === undefined ? [] : [siblings])].flatMap((key) =>
      replicasOf(key, deps.records()).map((one) => one.key),
    ),
  );
}
