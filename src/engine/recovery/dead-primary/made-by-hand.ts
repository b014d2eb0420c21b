import type { Instance } from '../../../model/instance.ts';
import { formatKey, type InstanceKey, sameKey } from '../../../model/instance-key.ts';
import { isMadePrimaryBeside } from '../../../model/writers.ts';
import { isListening } from '../../../plan/steps/threads.ts';
import { hasGivenWay, isBeforePromotion } from '../../fence/reinstated.ts';
import type { Fleet } from '../../fleet/fleet.ts';
import type { RecoveryIntent, Servers } from '../../ports.ts';
import type { RecoveryRun } from '../run.ts';
import type { DeadPrimaryDeps } from './deps.ts';

/*
 * While a recovery waits, for hooks, a drain or our own restart, people may make another member the primary themselves. Then nobody is opened
 * beside it: there are never two writable primaries, not at a person's order either.
 */

/** How long a server may take to say how it is now. */
const LOOK_MS = 1_000;

/** A member that people have made the primary, as one sentence; null when there is none. By the readings that the last plan was made from. */
export async function madePrimaryByHand(run: RecoveryRun, deps: DeadPrimaryDeps): Promise<string | null> {
  const { failed, members, successor } = run.intent;
  const begun = [successor, run.begunBefore].filter((key) => key !== null);
  const instanceOf = (key: InstanceKey): Instance | null => deps.fleet.recordOf(key)?.instance ?? null;
  const among = (these: readonly InstanceKey[]) =>
    members.flatMap((key) => deps.fleet.recordOf(key) ?? []).find((one) => isMadePrimaryBeside(these, one, instanceOf));
  const ours = [failed, ...begun, ...run.abandoned];
  if (among(ours) === undefined) return null;
  // One that was replaced earlier is fenced when it takes writes, whoever opened it.
  const writer = among([...ours, ...(await deps.store.readDeposed()).map(({ key }) => key)]);
  if (writer === undefined) return null;
  const when = writer.check.failure === null ? 'by now' : 'as it was last read';
  return `${formatKey(writer.key)} takes writes ${when} and does not replicate from ${formatKey(failed)} any more: it was made primary by hand`;
}

/** The successor that was begun with answered, and is not open. */
export function isStillClosed({ intent }: RecoveryRun, { fleet }: Pick<DeadPrimaryDeps, 'fleet'>): boolean {
  const record = intent.successor === null ? null : fleet.recordOf(intent.successor);
  return record?.check.failure === null && record.instance?.isReadOnly === true;
}

/**
 * The successor of a recovery left open may be a replica again, read-only: people have made the failed primary primary since, or another server,
 * were it none of the members. One sentence, or null.
 */
export async function undoneByHand(
  { successor, failed, phase }: RecoveryIntent,
  deps: { readonly servers: Servers; readonly fleet: Fleet },
): Promise<string | null> {
  const instance = successor === null ? null : await look(successor, deps);
  if (instance === null) return null;
  const name = formatKey(instance.key);
  if (!isBeforePromotion({ phase }) && hasGivenWay(instance, failed))
    return `${name} follows ${formatKey(failed)} again, by hand`;
  const writer = instance.isReadOnly && isListening(instance) ? await writerAbove(instance, failed, deps) : null;
  return writer === null ? null : `${name} follows ${formatKey(writer)} by now, by hand, which takes writes`;
}

/** Whoever has been made primary among its sources; null where they lead to the failed primary, or are not known to the end. */
async function writerAbove(
  replica: Instance,
  failed: InstanceKey,
  deps: { readonly servers: Servers; readonly fleet: Fleet },
): Promise<InstanceKey | null> {
  const read: Instance[] = [replica];
  const instanceOf = (key: InstanceKey): Instance | null => read.find((one) => sameKey(one.key, key)) ?? null;
  for (let source = replica.replication?.source; source !== undefined && instanceOf(source) === null; ) {
    const instance = sameKey(source, failed) ? null : await look(source, deps);
    if (instance === null) return null;
    read.push(instance);
    source = instance.replication?.source;
  }
  return (
    read.find((instance) => isMadePrimaryBeside([failed], { key: instance.key, instance }, instanceOf))?.key ?? null
  );
}

async function look(
  key: InstanceKey,
  { servers, fleet }: { readonly servers: Servers; readonly fleet: Fleet },
): Promise<Instance | null> {
  const previous = fleet.recordOf(key)?.instance ?? null;
  const depth = previous === null ? 'full' : 'replication';
  const reading = await servers.probe(key, { deadlineMs: LOOK_MS, depth, previous });
  return reading.kind === 'answered' ? reading.instance : null;
}
