import { compareCoordinates, formatCoordinates } from './coordinates.ts';
import { containsPosition, formatMissing, type GtidPosition, missingFrom } from './gtid-position.ts';
import { formatGtidSet, isEmptyGtidSet, subtractGtidSets } from './gtid-set.ts';
import type { Instance, ReplicationStatus } from './instance.ts';
import { formatKey } from './instance-key.ts';
import { type Progress, progressOf } from './progress.ts';

export {
  compareProgress,
  describeDifference,
  type Progress,
  progressOf,
  surplusOf,
} from './progress.ts';

/** Whether nothing that a replica received is lost when its source is forgotten. */
export type DrainState =
  | { readonly drained: true }
  | {
      readonly drained: false;
      readonly rule: 'receiver-running' | 'applier-error' | 'not-executed' | 'received-unknown';
      /** One sentence naming the server. */
      readonly reason: string;
      /** What is received and not executed: GTIDs, or a stretch of the source's log; '' when nothing, or not known. */
      readonly remaining: string;
    };

/**
 * Design, rules of data safety, "Drained": the receiver is stopped, the applier reports no error, and everything received is
 * executed, but for one incomplete last transaction of the source (MySQL 5.6, see progress.ts; and by coordinates). A server without a source is
 * drained. Only the default channel is looked at.
 * @throws OrchestratorError when the server's GTID text cannot be read.
 */
export function isDrained(instance: Instance): DrainState {
  const replication = instance.replication;
  if (replication === null) return { drained: true };
  const name = formatKey(instance.key);
  const progress = progressOf(instance);
  const remaining = remainingOf(progress, replication);

  const { receiver, applier } = replication;
  if (receiver.state === 'running' || receiver.state === 'other') {
    return { drained: false, rule: 'receiver-running', reason: `The receiver of ${name} is not stopped.`, remaining };
  }
  if (applier.errorNumber !== 0) {
    const reason = `The applier of ${name} stopped with error ${applier.errorNumber}: ${applier.errorText}`;
    return { drained: false, rule: 'applier-error', reason, remaining };
  }
  if (remaining !== '') {
    const state = applier.state === 'running' ? 'has yet to execute' : 'is not running and has not executed';
    return { drained: false, rule: 'not-executed', reason: `The applier of ${name} ${state} ${remaining}.`, remaining };
  }
  const doubt = progress.kind === 'mariadb' ? doubtOf(instance, replication, progress) : null;
  if (doubt !== null) return { drained: false, rule: 'received-unknown', reason: `${name} ${doubt}.`, remaining: '' };
  return { drained: true };
}

/** What a replica received and has not executed, as text; '' when nothing. */
function remainingOf(progress: Progress, replication: ReplicationStatus): string {
  switch (progress.kind) {
    case 'oracle': {
      const rest = subtractGtidSets(progress.complete, progress.executed);
      if (!isEmptyGtidSet(rest)) return formatGtidSet(rest);
      // Without auto-position a re-opened relay log may hold more than Retrieved_Gtid_Set tells: the coordinates must agree.
      return replication.positioning === 'coordinates' ? wholeStretchOf(replication) : '';
    }
    case 'mariadb':
      if (!containsPosition(progress.executed, progress.received))
        return formatMissing(missingFrom(progress.executed, progress.received));
      return replication.positioning === 'coordinates' ? wholeStretchOf(replication) : '';
    case 'coordinates':
      return wholeStretchOf(replication);
  }
}

/**
 * The stretch that is still to be executed. '' when the applier has nothing more to do and no more comes: then what lies between is
 * one transaction that arrived only in part, because the receiver may be stopped between any two events (seen under load on every
 * flavour, up to 25 times of 30). Nobody can execute it; it is read again from wherever the replica goes on.
 */
function wholeStretchOf(replication: ReplicationStatus): string {
  const { receiver, applier, applierHasReadAll } = replication;
  const nothingMoreComes = receiver.state === 'stopped' || receiver.state === 'none';
  if (nothingMoreComes && applier.state === 'running' && applierHasReadAll) return '';
  return stretchOf(replication);
}

function stretchOf({ readCoordinates, executedCoordinates, source }: ReplicationStatus): string {
  if (compareCoordinates(executedCoordinates, readCoordinates) >= 0) return '';
  return `${formatCoordinates(executedCoordinates)} to ${formatCoordinates(readCoordinates)} of ${formatKey(source)}`;
}

/**
 * Two cases in which a MariaDB position says less than it seems to; the source's coordinates then decide.
 * (1) Gtid_IO_Pos is empty after a restart, while the relay log may hold transactions. (2) gtid_current_pos shows the server's
 * own write of the same domain, which hides how far it has executed its source's.
 */
function doubtOf(
  instance: Instance,
  replication: ReplicationStatus,
  progress: { readonly received: GtidPosition; readonly executed: GtidPosition },
): string | null {
  if (stretchOf(replication) === '') return null;
  if (progress.received.gtids.length === 0) {
    if (replication.applierHasReadAll) return null;
    return 'has not told what it received since its start; start its applier and wait until it has read all relay log';
  }
  const hidden = progress.received.gtids.find((received) => {
    const own = progress.executed.gtids.find((gtid) => gtid.domain === received.domain);
    return own?.serverId === instance.serverId && received.serverId !== instance.serverId;
  });
  if (hidden === undefined) return null;
  return `wrote transactions of its own in domain ${hidden.domain}, so that its position does not tell whether it has executed ${stretchOf(replication)}`;
}
