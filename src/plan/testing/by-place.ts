/** Invented families without GTIDs, for tests of the failover planner; nothing outside tests imports this. */
import type { BinlogCoordinates } from '../../model/coordinates.ts';
import type { ReplicationThread } from '../../model/instance.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { FailoverInput, RestPlace } from '../failover/input.ts';
import { familyInput, type InventedFlavour, type InventedReplica } from './family.ts';

const STOPPED: ReplicationThread = { state: 'stopped', errorNumber: 0, errorText: '' };
export const at = (count: number): BinlogCoordinates => ({ kind: 'binlog', file: 'bin.000001', position: 100 * count });
export const restAt = (count: number): RestPlace => ({
  executed: at(count),
  own: { kind: 'binlog', file: 'own.000003', position: 77 },
});

export interface InventedAtPlace extends InventedReplica {
  /** It came to rest there. */
  readonly rest?: number;
}

/** The same family without GTIDs. Places of rest that the test gives count before those of the replicas. */
export function familyByPlace(
  flavour: InventedFlavour,
  replicas: Readonly<Record<string, InventedAtPlace>>,
  changes: Parameters<typeof familyInput>[2] = {},
): FailoverInput {
  const base = familyInput(flavour, replicas, changes);
  const rests = new Map<string, RestPlace>();
  const records = base.records.map((record): ServerRecord => {
    const said = replicas[record.key.hostname];
    const { instance } = record;
    if (instance === null) return record;
    const plain = { ...instance, gtidMode: '', supportsOracleGtid: false, executedGtid: '' };
    if (said === undefined || instance.replication === null) return { ...record, instance: plain };
    const replication = { ...instance.replication, positioning: 'coordinates' as const, receivedGtid: '' };
    if (said.rest !== undefined) rests.set(`${record.key.hostname}:3306`, restAt(said.rest));
    const resting = said.rest === undefined ? {} : { applier: STOPPED, executedCoordinates: at(said.rest) };
    return { ...record, instance: { ...plain, replication: { ...replication, ...resting } } };
  });
  return { ...base, records, rests: new Map([...rests, ...(changes.rests ?? [])]) };
}
