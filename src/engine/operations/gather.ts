import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import { isSetAside, replicasOf, type ServerRecord } from '../../model/server-record.ts';
import { isTakeover, type OperationKind, type OperationRequest } from '../../plan/operations/request.ts';
import type { EquivalenceStore, Servers } from '../ports.ts';
import { canRead, readAfter } from './read-after.ts';

export interface GatherDeps {
  readonly servers: Servers;
  readonly equivalences: EquivalenceStore;
  recordOf(key: InstanceKey): ServerRecord | null;
  records(): readonly ServerRecord[];
  /** Reads a server now and takes it in; false when it did not answer. */
  readNow(key: InstanceKey): Promise<boolean>;
  /** It was asked a moment ago, by whoever polls; a planner would not call it old. */
  isRecent(key: InstanceKey): boolean;
  /** A failover replaced it, and it is fenced whenever it takes writes. */
  wasReplaced(key: InstanceKey): Promise<boolean>;
}

/** Operations on all replicas of a server; they, too, are read before. */
const concernsReplicas = (kind: OperationKind): boolean =>
  /replicas|regroup|siblings|make-(local-)?master|take-master|takeover|purge|reset-master/.test(kind);

const concernsErrant = (kind: OperationKind): boolean => kind.startsWith('gtid-errant');

/** Operations that choose one of several replicas of a source, or set one above the others: what only one has matters. */
const comparesSiblings = (kind: OperationKind): boolean => /regroup|siblings|make-(local-)?master|takeover/.test(kind);

const sourceKnown = (
  key: InstanceKey | null | undefined,
  { recordOf }: Pick<GatherDeps, 'recordOf'>,
): InstanceKey | undefined => (key == null ? undefined : recordOf(key)?.instance?.replication?.source);

/**
 * Reads everything a planner looks at, now: the server, its destination, the sources above both (further up where nobody has read them of
 * late), and where the operation is about replicas or siblings, those. Servers that do not answer keep their last reading; the planner sees how old it is.
 */
export async function readParticipants(request: OperationRequest, deps: GatherDeps): Promise<void> {
  const done = new Set<string>();
  const read = async (keys: readonly (InstanceKey | null | undefined)[]): Promise<void> => {
    const fresh = keys.filter(canRead).filter((key) => !done.has(formatKey(key)) && done.add(formatKey(key)));
    await Promise.all(fresh.map((key) => deps.readNow(key)));
  };
  const sourceOf = (key: InstanceKey | null | undefined): InstanceKey | undefined => sourceKnown(key, deps);
  const { instance, destination } = request;
  await read([instance, destination, sourceOf(instance), sourceOf(destination), sourceOf(sourceOf(instance))]);
  // A source that was only just learnt of, or has changed since it was last read.
  await read([sourceOf(instance), sourceOf(destination), sourceOf(sourceOf(instance))]);
  // Further up who is above whom matters, and nobody polls for a single command: what is remembered may be long over.
  const passed = new Set<string>();
  for (let keys = [instance, destination]; keys.length > 0; ) {
    const above = keys.map(sourceOf).filter(canRead);
    await read(above.filter((key) => !deps.isRecent(key)));
    keys = above.filter((key) => !passed.has(formatKey(key)) && passed.add(formatKey(key)));
  }
  if (!concernsReplicas(request.kind)) return;
  const source = sourceOf(instance);
  // A takeover leaves them behind anyway, and each reading of a frozen one takes as long as it may.
  const isLeft = (record: ServerRecord): boolean => isTakeover(request.kind) && isSetAside(record);
  await read(
    [instance, ...(source === undefined ? [] : [source])].flatMap((key) =>
      replicasOf(key, deps.records()).flatMap((one) => (isLeft(one) ? [] : [one.key])),
    ),
  );
}

/**
 * What only a server has is told by a reading of its source that began when the server's own was there: a planner that asks for errant
 * transactions gets such a one. Right before the plan is made; discovery and the watch read servers, too.
 */
export async function readSourceLast(request: OperationRequest, deps: GatherDeps): Promise<void> {
  const { kind, instance } = request;
  const above = sourceKnown(instance, deps);
  if (concernsErrant(kind)) return readAfter(above, () => [instance], deps);
  if (!comparesSiblings(kind)) return;
  const source = isTakeover(kind) || kind.startsWith('regroup') ? instance : above;
  // Who is silent by now is not waited for a second time.
  if (source === undefined || deps.recordOf(source)?.check.failure != null) return;
  await readAfter(source, () => replicasOf(source, deps.records()).map(({ key }) => key), deps);
}
