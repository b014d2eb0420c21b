import type { Instance } from '../../../model/instance.ts';
import { formatKey, type InstanceKey, sameKey } from '../../../model/instance-key.ts';
import { compareProgress, progressOf } from '../../../model/received.ts';
import { wasStartedSince } from '../../../model/uptime.ts';
import { hasSuperReadOnly, usesGtid } from '../../../plan/steps/flavour.ts';
import type { AuditStore, IntentStore } from '../../ports.ts';
import { isPast } from '../phase.ts';
import type { RecoveryRun } from '../run.ts';
import { switchesNow } from '../switches-now.ts';
import type { DeadPrimaryDeps } from './deps.ts';

/*
 * A primary that came back while it counted as replaced was fenced at once, and then nobody replaced it: the successor could not be
 * promoted, still had its source, and the recovery ended. Without it nobody in the cluster takes writes. Lifting our own fence restores
 * how everything was before, and is done only where nothing at all speaks against it; at any doubt it stays closed, and a person opens it.
 *
 * What is looked at: whether this recovery can have opened anybody; whether the fence is ours, the only one, and closed a primary that took
 * writes, as it had before it failed; whether the server is the same, not restarted since, and still as the fence left it; whether every
 * other server of the cluster answers, read-only and below a source, with nothing that the primary lacks; and what people decided.
 */

const READING_DEADLINE_MS = 2_000;
const COMMAND_DEADLINE_MS = 2_000;

export interface LiftDeps extends Omit<DeadPrimaryDeps, 'executor'> {
  readonly intent: Pick<IntentStore, 'read'>;
  readonly auditLog: Pick<AuditStore, 'write'>;
}

/** Opens the failed primary again. Returns null when it takes writes, else why it was left closed. Throws when the store fails. */
export async function liftFence(run: RecoveryRun, deps: LiftDeps): Promise<string | null> {
  const { failed } = run.intent;
  const name = formatKey(failed);
  const fenced = await read(failed, deps);
  if (fenced === null) return `${name} does not answer`;
  if (!fenced.isReadOnly) return null;
  const doubt =
    doubtOfRun(run) ?? doubtOfPrimary(run, fenced, deps.clock.now()) ?? (await doubtOfMembers(run, fenced, deps));
  if (doubt !== null) return doubt;
  return (await decidedOtherwise(run, deps)) ?? open(run, fenced, deps);
}

/** Nobody was opened, or can have been, and no earlier recovery has anything to do with it. */
function doubtOfRun(run: RecoveryRun): string | null {
  const { intent } = run;
  if (run.isResumed) return 'another process began the recovery';
  if (isPast(run, 'promoting') || intent.successor !== null || run.abandoned.length > 0)
    return 'a successor may have been opened';
  if (run.deposedBefore !== null || run.begunBefore !== null || run.finishesEarlier)
    return 'an earlier recovery has deposed it';
  return intent.livePrimary === 'call-off' && run.holdsLock !== true ? null : 'it was to be closed by order';
}

const takesWrites = ({ isReadOnly, isSuperReadOnly }: Instance): boolean => !isReadOnly && isSuperReadOnly !== true;

/** `now`: as read just now; it is the same server as ever, and as our one fence left it. */
export function doubtOfPrimary(
  { failedBefore, fences, intent }: RecoveryRun,
  now: Instance,
  nowMs: number,
): string | null {
  const [fence] = fences;
  if (fence === undefined || fences.length > 1 || fence.epoch !== intent.epoch)
    return 'it is not known for sure that this recovery closed it, and nobody else';
  const { before } = fence;
  if (failedBefore === null || !takesWrites(failedBefore))
    return 'it is not known to have taken writes before it failed';
  if (!takesWrites(before)) return 'it was closed when it came back';
  if ([failedBefore, before, now].some(({ replication }) => replication !== null)) return 'it has a source';
  if ([failedBefore, before, now].some(({ group }) => group !== null)) return 'it belongs to a group';
  const isSame = [failedBefore, before, now].every(
    ({ serverUuid, serverId }) => serverUuid === intent.failedServerUuid && serverId === intent.failedServerId,
  );
  if (!isSame) return 'it is another server by now';
  if (wasStartedSince(now, fence.atMs, nowMs)) return 'it was restarted since it was closed';
  if (now.isSuperReadOnly === false) return 'it is not as the fence left it';
  return now.isOfflineMode === before.isOfflineMode ? null : 'it refuses clients';
}

/** Everybody else answers, takes no writes, has a source, and has nothing that the primary has not: it may have lost rows in its crash. */
async function doubtOfMembers(run: RecoveryRun, primary: Instance, deps: LiftDeps): Promise<string | null> {
  const { members, failed, clusterName } = run.intent;
  const known = [...members, ...deps.fleet.recordsOfCluster(clusterName).map(({ key }) => key)];
  const others = new Map(known.filter((key) => !sameKey(key, failed)).map((key) => [formatKey(key), key]));
  const doubts = await Promise.all(
    [...others].map(async ([name, key]) => {
      const instance = await read(key, deps);
      return instance === null ? `${name} does not answer` : doubtOfMember(name, instance, primary);
    }),
  );
  return doubts.find((doubt) => doubt !== null) ?? null;
}

export function doubtOfMember(name: string, member: Instance, primary: Instance): string | null {
  if (!member.isReadOnly) return `${name} takes writes`;
  if (member.replication === null) return `${name} has no source`;
  if (!usesGtid(member)) return `what ${name} has received and it has not cannot be told without GTID`;
  const relation = compareProgress(progressOf(member), progressOf(primary));
  return relation === 'equal' || relation === 'behind' ? null : `${name} has transactions that it has not`;
}

/** Our right to act, and what people decided meanwhile; that recoveries are disabled globally says nothing about taking one back. */
async function decidedOtherwise(run: RecoveryRun, deps: LiftDeps): Promise<string | null> {
  const { failed, failedServerUuid } = run.intent;
  const isOf = ({ key, serverUuid }: { readonly key: InstanceKey; readonly serverUuid: string | null }): boolean =>
    sameKey(key, failed) || (serverUuid !== null && serverUuid === failedServerUuid);
  if ((await deps.store.readDeposed()).some(isOf)) return 'it is recorded as deposed';
  const { isDowntimed, inMaintenance, isBlocked } = await switchesNow(run, deps);
  if (isDowntimed) return 'it is downtimed';
  if (inMaintenance) return 'it is in maintenance';
  if (isBlocked) return 'a later recovery of the cluster has begun';
  return deps.leadership.isLeader() ? null : 'this node is not the leader any more';
}

/** Semi-sync, if the fence had to switch it off, comes back before the first commit can. */
async function open(run: RecoveryRun, fenced: Instance, deps: LiftDeps): Promise<string | null> {
  const name = formatKey(fenced.key);
  const said: string[] = [];
  const tell = async (command: Parameters<LiftDeps['servers']['execute']>[1]): Promise<string | null> => {
    const outcome = await deps.servers.execute(fenced, command, { deadlineMs: COMMAND_DEADLINE_MS });
    if (outcome.kind === 'failed') return outcome.failure.message;
    said.push(...outcome.statements);
    return null;
  };
  const trouble =
    (run.fences[0]?.hasEndedSemiSync === true
      ? await tell({ kind: 'set-semi-sync', side: 'source', enabled: true })
      : null) ?? (await tell({ kind: 'set-read-only', readOnly: false, withSuper: hasSuperReadOnly(fenced) }));
  const now = await read(fenced.key, deps);
  if (now === null || !takesWrites(now)) return trouble ?? `${name} does not say that it takes writes`;
  deps.fleet.answered(now);
  const sentence = `${name} takes writes again, as before: nobody has replaced it; ${said.join('; ')}`;
  deps.audit(run, sentence);
  await deps.auditLog.write('lift-fence', fenced.key, run.intent.clusterName, sentence);
  return null;
}

async function read(key: InstanceKey, { servers }: LiftDeps): Promise<Instance | null> {
  const outcome = await servers.probe(key, {
    deadlineMs: READING_DEADLINE_MS,
    depth: 'full',
    previous: null,
    // Nothing here goes by places, and a MariaDB whose commits wait for acknowledgements does not tell where its log ends.
    withoutLogEnd: true,
  });
  return outcome.kind === 'answered' ? outcome.instance : null;
}
