import type { ServerRecord } from '../../model/server-record.ts';
import type { FailoverInput, LogRelay } from '../../plan/failover/input.ts';
import { familyOf } from '../../plan/failover/readers.ts';
import type { RecoveryIntent } from '../ports.ts';
import type { RecoveryRun } from './run.ts';

/** The binlog servers that the recovery knows from its beginning, for the planner. */
export const relaysOf = ({ binlogServers }: RecoveryIntent): Pick<FailoverInput, 'relays'> =>
  binlogServers === undefined ? {} : { relays: binlogServers };

/**
 * Who read the failed primary's log, by what is known of the members now. A recovery that goes on after our own death takes whoever is
 * silent among them for silenced by the process before: those below binlog servers are known for readers only once all were read.
 */
export function recallFamily(run: RecoveryRun, records: readonly ServerRecord[]): ReadonlySet<string> {
  const family = familyOf(run.entry.view.replicas, { records, ...relaysOf(run.intent) }, run.intent.successor);
  if (run.isResumed) for (const name of family) run.silenced.add(name);
  return family;
}

/** The binlog servers of a cluster, as they are noted when a recovery begins. */
export const binlogServersOf = (members: readonly ServerRecord[]): readonly LogRelay[] =>
  members.flatMap(({ key, instance }) =>
    instance?.isBinlogServer === true && instance.replication !== null
      ? [{ key, source: instance.replication.source }]
      : [],
  );
