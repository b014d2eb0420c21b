import { type LogBegin, locateGtids, readPreviousGtids } from '../../binlog/locate-gtid.ts';
import { EMPTY_GTID_SET, isEmptyGtidSet, parseGtidSet } from '../../model/gtid-set.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { BinlogReader, LogReadOptions } from '../ports/binlog.ts';
import { type ErrantLocated, refuse } from './answers.ts';
import { readValueOf } from './log-sources.ts';

/** The Previous_gtids event is the second one; encryption and the like may come before. */
const FIRST_EVENTS = 5;

/**
 * Which binary logs hold any of the errant transactions (Oracle GTID), oldest first: one small read per log.
 * @throws OrchestratorError `log-unreadable`, `cancelled`, `bad-gtid-set`.
 */
export async function locateErrant(
  reader: BinlogReader,
  instance: Instance,
  errantGtid: string,
  options: LogReadOptions,
): Promise<ErrantLocated> {
  const name = formatKey(instance.key);
  const wanted = parseGtidSet(errantGtid);
  if (isEmptyGtidSet(wanted)) return refuse('nothing', `${name} has no errant transactions`);
  if (!instance.supportsOracleGtid) return refuse('no-logs', `${name} has no Oracle GTIDs (gtid_mode is off)`);
  const logs: LogBegin[] = [];
  for (const { name: file } of readValueOf(instance, await reader.listLogs(instance, options))) {
    const request = { log: 'binlog', file, fromPosition: null, limit: FIRST_EVENTS } as const;
    const events = readValueOf(instance, await reader.readEvents(instance, request, options));
    logs.push({ file, previous: readPreviousGtids(events) ?? logs.at(-1)?.previous ?? EMPTY_GTID_SET });
  }
  const located = locateGtids(logs, parseGtidSet(instance.executedGtid), wanted);
  if (located.kind === 'located') return located;
  return refuse(
    'purged',
    `${name} has purged the binary logs with ${located.purged}; what they held can no longer be read`,
  );
}
