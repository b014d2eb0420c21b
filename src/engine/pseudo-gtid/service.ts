import type { MarkerSettings } from '../../binlog/marker.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { BinlogReader, MarkerWriter } from '../ports/binlog.ts';
import type { Clock, Leadership, Logger, MarkStore, Servers } from '../ports.ts';
import type { PseudoGtid } from './answers.ts';
import { createCoordinateMemory } from './coordinate-memory.ts';
import { createInjection, type Injection } from './injection.ts';
import { createMarkedClusters, withPseudoGtid } from './marked-clusters.ts';
import { createPseudoGtid } from './pseudo-gtid.ts';

export interface PseudoGtidServiceSettings {
  /** AutoPseudoGTID: this program writes the entries itself. */
  readonly isAuto: boolean;
  readonly markers: MarkerSettings;
  /** BinlogEventsChunkSize. */
  readonly chunkEvents: number;
  readonly readDeadlineMs: number;
}

export interface PseudoGtidServiceDeps {
  readonly servers: Servers;
  readonly binlogs: BinlogReader & MarkerWriter;
  readonly marks: MarkStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leadership: Leadership;
  /** Sixteen hexadecimal digits, random. */
  randomHex(): string;
  /** The live model. */
  recordOf(key: InstanceKey): ServerRecord | null;
  records(): readonly ServerRecord[];
  /** True while nothing may be written to this server on our behalf. */
  isHandsOff(record: ServerRecord): boolean;
}

/** Everything about Pseudo-GTID: probes that tell who uses it, searches in logs, and the entries themselves. */
export interface PseudoGtidService {
  /** The port to the servers, whose readings tell who has Pseudo-GTID. */
  readonly servers: Servers;
  readonly searches: PseudoGtid;
  /** null unless AutoPseudoGTID. */
  readonly injection: Injection | null;
  /** Reads which clusters other nodes mark; at the start, and now and then. */
  refresh(): Promise<void>;
}

export function createPseudoGtidService(
  deps: PseudoGtidServiceDeps,
  settings: PseudoGtidServiceSettings,
): PseudoGtidService {
  const { clock, binlogs } = deps;
  const memory = createCoordinateMemory(clock.monotonicMs);
  const marked = createMarkedClusters({ clock, store: deps.marks });
  const clusterNameOf = (key: Instance['key']): string => deps.recordOf(key)?.position.clusterName ?? formatKey(key);
  return {
    servers: withPseudoGtid(deps.servers, { marked, memory, clusterNameOf }),
    searches: createPseudoGtid({ reader: binlogs, memory }, settings),
    injection: settings.isAuto ? createInjection({ ...deps, writer: binlogs, marked }) : null,
    refresh: marked.refresh,
  };
}
