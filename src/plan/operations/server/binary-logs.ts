import {
  type BinlogCoordinates,
  compareCoordinates,
  formatCoordinates,
  logFileNumber,
  nextLogFile,
} from '../../../model/coordinates.ts';
import type { ReplicationStatus } from '../../../model/instance.ts';
import { formatKey, isDetachedKey, reattachedKey, sameKey } from '../../../model/instance-key.ts';
import type { Objection, Step } from '../../plan.ts';
import { commandStep } from '../../steps/build.ts';
import type { Member, OperationInput } from '../input.ts';
import { notFresh } from '../rules/can-move.ts';
import { already, type Deed, objection, plannerOn } from './single.ts';

/** More flushes than this are a slip of the pen. */
const MOST_FLUSHES = 1_000;

/** The file that the server writes now; an objection without a binary log. */
function ownFileOf(member: Member, input: OperationInput): string | Objection {
  const stale = notFresh(member, input);
  if (stale !== null) return stale;
  const own = member.instance.ownCoordinates;
  if (own !== null && own.file !== '') return own.file;
  return objection(member, 'no-binary-log', `${member.name} has no binary log (log_bin is off)`);
}

const flushStep = (member: Member, from: string, count: number): Step => {
  const file = nextLogFile(from, count);
  const why = `${member.name} writes to ${file}, or a later one`;
  return commandStep(`flush ${count}`, member, { kind: 'flush-binary-logs' }, why, {
    // Somebody else may flush meanwhile.
    ...(count === 1 ? {} : { unless: { kind: 'own-log-at-least' as const, file } }),
    ensures: { kind: 'own-log-at-least', file },
  });
};

/** flush-binary-logs: a new file; with a file name as many as it takes to come to that one. */
export const planFlush = plannerOn('flush the binary logs of', (member, input): Deed | Objection => {
  if (member.instance.isBinlogServer)
    return objection(member, 'binlog-server', `${member.name} is a binlog server: it keeps the files of its source`);
  const own = ownFileOf(member, input);
  if (typeof own !== 'string') return own;
  const wanted = input.request.binlogFile ?? '';
  if (wanted === '') return { steps: [flushStep(member, own, 1)] };
  const [from, to] = [logFileNumber(own), logFileNumber(wanted)];
  if (from === null || to === null || nextLogFile(own, to - from) !== wanted) {
    return objection(
      member,
      'bad-file',
      `${wanted} is no name of a binary log of ${member.name}, which writes to ${own}`,
    );
  }
  if (to <= from) return already(`${member.name} has come to ${own}`);
  if (to - from > MOST_FLUSHES) {
    const explanation = `${member.name} writes to ${own}: ${wanted} would take ${to - from} flushes, more than ${MOST_FLUSHES}`;
    return objection(member, 'too-many-flushes', explanation);
  }
  return { steps: Array.from({ length: to - from }, (_, index) => flushStep(member, own, index + 1)) };
});

/**
 * How far a replica has come in its source's log for certain. By GTID it tells its place in the log of its former source until it has
 * executed something of the present one; what it has received is of the present one in any case, and nothing where it was detached.
 */
function reachOf({
  executedCoordinates: executed,
  readCoordinates: read,
  source,
}: ReplicationStatus): BinlogCoordinates {
  if (isDetachedKey(source) && read.file === '') return executed;
  return compareCoordinates(executed, read) > 0 ? read : executed;
}

/** A replica that still needs an older file, or of which that is not known; null when there is none. Detached ones count. */
function stillNeeded(member: Member, file: string, input: OperationInput): Objection | null {
  const known = new Set<string>();
  for (const { key, instance } of input.records) {
    const replication = instance?.replication;
    if (replication == null) continue;
    const source = isDetachedKey(replication.source) ? reattachedKey(replication.source) : replication.source;
    if (!sameKey(source, member.key)) continue;
    known.add(formatKey(key));
    const reach = reachOf(replication);
    if (compareCoordinates({ ...reach, file, position: 0 }, reach) < 0) continue;
    const explanation = `${formatKey(key)} has executed ${member.name} only to ${formatCoordinates(reach)} and still needs logs before ${file}; wait for it, or force it`;
    return { subject: formatKey(key), rule: 'still-needed', explanation };
  }
  const unread = member.instance.attachedReplicas.find((key) => !known.has(formatKey(key)));
  if (unread === undefined) return null;
  const explanation = `${formatKey(unread)} is attached to ${member.name} and was never read: whether it still needs logs before ${file} is not known; discover it, or force it`;
  return { subject: formatKey(unread), rule: 'replica-unknown', explanation };
}

/**
 * purge-binary-logs: deletes the files before the given one (`latest`: before the one in use). Every replica, also a detached one,
 * must have executed everything before it; `isForced` skips that.
 */
export const planPurge = plannerOn('purge the binary logs of', (member, input): Deed | Objection => {
  const own = ownFileOf(member, input);
  if (typeof own !== 'string') return own;
  const { binlogFile = '', isForced = false } = input.request;
  const file = binlogFile === 'latest' ? own : binlogFile;
  if (file === '')
    return objection(member, 'file-missing', 'the binary log to purge to is missing; name it, or "latest"');
  if (compareCoordinates({ kind: 'binlog', file, position: 0 }, { kind: 'binlog', file: own, position: 0 }) > 0) {
    return objection(member, 'bad-file', `${member.name} has come to ${own} only; there is no ${file}`);
  }
  const needed = stillNeeded(member, file, input);
  if (needed !== null && !isForced) return needed;
  const why = `${member.name} deletes its binary logs before ${file}`;
  return {
    steps: [commandStep('purge', member, { kind: 'purge-binary-logs', file }, why, { isDestructive: true })],
    reasons: needed === null ? [] : [`forced, although ${needed.explanation}`],
  };
});
