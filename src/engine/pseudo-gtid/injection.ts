import { AUTO_SCHEMA, markerStatement } from '../../binlog/marker.ts';
import { formatKey } from '../../model/instance-key.ts';
import { isPrimaryRecord, type ServerRecord } from '../../model/server-record.ts';
import type { MarkerWriter } from '../ports/binlog.ts';
import type { Clock, Leadership, Logger } from '../ports.ts';
import type { MarkedClusters } from './marked-clusters.ts';

/** Entries are this far apart (historic). */
export const INJECTION_INTERVAL_MS = 5_000;

/** Within one interval, so that writes never pile up behind a hung primary. */
const WRITE_DEADLINE_MS = 2_000;

/** A primary that refuses is asked again after this long: the missing grant is the documented way to leave a cluster out. */
const ASK_AGAIN_MS = 60_000;

/** ER_DBACCESS_DENIED_ERROR, ER_TABLEACCESS_DENIED_ERROR, ER_SPECIFIC_ACCESS_DENIED_ERROR. */
const DENIED: readonly (number | null)[] = [1044, 1142, 1227];

export interface InjectionDeps {
  readonly writer: MarkerWriter;
  readonly leadership: Leadership;
  readonly marked: MarkedClusters;
  readonly clock: Clock;
  readonly logger: Logger;
  records(): Iterable<ServerRecord>;
  /**
   * True while nobody may write to a server on our behalf: it was deposed, or its cluster is being recovered or rearranged. An
   * entry there would be a transaction that no other server has.
   */
  isHandsOff(record: ServerRecord): boolean;
  /** Sixteen hexadecimal digits, random. */
  randomHex(): string;
}

/** Writes Pseudo-GTID entries to the writable primaries of all clusters (AutoPseudoGTID). Leader only. */
export interface Injection {
  /** One round, to be called every INJECTION_INTERVAL_MS; ends when every primary has answered or its deadline has passed. */
  run(): Promise<void>;
}

export function createInjection(deps: InjectionDeps): Injection {
  const { clock, logger } = deps;
  const refusedUntilMs = new Map<string, number>();
  let counter = 0;

  async function inject(record: ServerRecord): Promise<void> {
    const { instance } = record;
    if (instance === null) return;
    const name = formatKey(record.key);
    counter = (counter + 1) % 0x1_0000_0000;
    const statement = markerStatement(clock.now() / 1_000, counter, deps.randomHex());
    const outcome = await deps.writer.write(instance, statement, { deadlineMs: WRITE_DEADLINE_MS });
    if (outcome.kind === 'read-only') return;
    if (outcome.kind === 'failed') {
      const isDenied = DENIED.includes(outcome.failure.errorNumber);
      if (isDenied) refusedUntilMs.set(name, clock.monotonicMs() + ASK_AGAIN_MS);
      const fields = { server: name, failure: outcome.failure.message };
      if (isDenied) logger.debug({ ...fields, grant: `DROP ON ${AUTO_SCHEMA}.*` }, 'not allowed to write Pseudo-GTID');
      else logger.warn(fields, 'a Pseudo-GTID entry could not be written');
      return;
    }
    refusedUntilMs.delete(name);
    await deps.marked.register(record.position.clusterName);
  }

  return {
    async run() {
      if (!deps.leadership.isLeader()) return;
      const nowMs = clock.monotonicMs();
      const primaries = [...deps.records()].filter(
        (record) =>
          takesEntries(record) && !deps.isHandsOff(record) && (refusedUntilMs.get(formatKey(record.key)) ?? 0) <= nowMs,
      );
      await Promise.all(primaries.map(inject));
    },
  };
}

/**
 * Writable primaries that answered last time and have a replica: a lone writable server may be an old primary that came back, and
 * an entry there would set it apart for ever; where nobody replicates, nobody needs to be matched. Of two primaries that replicate
 * from each other the writable ones.
 */
export function takesEntries(record: ServerRecord): boolean {
  const { instance, position, check } = record;
  if (instance === null || check.failure !== null) return false;
  const isPrimary = isPrimaryRecord(record) || position.isCoPrimary;
  const isOpen = !instance.isReadOnly && instance.isOfflineMode !== true && instance.isSuperReadOnly !== true;
  return isPrimary && isOpen && instance.binlogEnabled && !instance.isBinlogServer && position.replicas.length > 0;
}
