import type { LogKind } from '../../model/binlog-event.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import { type Refused, refuse } from './answers.ts';

/** Which of the instance's logs to read. */
export interface Way {
  readonly log: LogKind;
  /** Whether a difference between the logs is a difference between the servers. */
  readonly isDecisive: boolean;
}

/**
 * The logs of the instance worth reading, the better first. Binary logs where they hold all that it executed: they are kept
 * longer, and a local write shows in them. Relay logs first where the binary logs cannot look alike: another binlog_format, or
 * replication filters.
 */
export function waysOf(instance: Instance, destination: Instance, skipBinlogs: boolean): readonly Way[] {
  const { replication } = instance;
  const holdsAll = instance.binlogEnabled && (instance.logsReplicaUpdates || replication === null);
  const looksAlike = instance.binlogFormat === destination.binlogFormat && replication?.hasFilters !== true;
  const ways: Way[] = [];
  if (holdsAll && !skipBinlogs) ways.push({ log: 'binlog', isDecisive: looksAlike });
  if (replication !== null) ways.push({ log: 'relaylog', isDecisive: looksAlike });
  return looksAlike ? ways : ways.reverse();
}

/** Why nothing can replicate from the destination by position; null when something can. */
export function cannotFeed(instance: Instance, destination: Instance): Refused | null {
  const name = formatKey(destination.key);
  if (sameKey(instance.key, destination.key)) {
    return refuse('same-server', `${name} cannot be matched with itself; name another server`);
  }
  if (destination.isBinlogServer) {
    return refuse('no-logs', `${name} is a binlog server, whose logs need no matching; repoint below it instead`);
  }
  if (!destination.binlogEnabled) {
    return refuse('no-logs', `${name} writes no binary log; set log_bin there, or choose another server`);
  }
  if (destination.replication !== null && !destination.logsReplicaUpdates) {
    const reason = `${name} does not log what it replicates; set log_replica_updates (log_slave_updates) there, or choose another server`;
    return refuse('no-logs', reason);
  }
  return null;
}
