import type { OrchestratorDeps } from '../../src/engine/orchestrator-deps.ts';
import { type LogRead, NO_SUCH_LOG } from '../../src/engine/ports/binlog.ts';
import type { BinlogEvent } from '../../src/model/binlog-event.ts';
import type { InstanceKey } from '../../src/model/instance-key.ts';
import { type LogEntry, place, type SimLog } from './sim-log.ts';
import type { SimServer } from './sim-server.ts';
import { nameOf } from './transactions.ts';
import { failure, type World } from './world.ts';

/** Every so many transactions of a writer there is a Pseudo-GTID entry. */
const MARKED_EVERY = 3;

/** What the configuration says of these entries. */
export const SIM_MARKERS = {
  PseudoGTIDPattern: 'drop view if exists .*_asc:',
  PseudoGTIDMonotonicHint: 'asc:',
};

/** One transaction as one event, the same on every server but for where it stands. */
function eventOf(log: SimLog, { transaction, file, begin, end }: LogEntry): BinlogEvent {
  const { origin, sequence } = transaction;
  const number = String(sequence).padStart(8, '0');
  const info =
    sequence % MARKED_EVERY === 0
      ? `drop view if exists \`meta\`.\`_asc:${number}:${origin}\``
      : `alter table t comment '${nameOf(transaction)}'`;
  return {
    file: place(log, file, 0).file,
    position: begin,
    type: 'Query',
    serverId: origin,
    endPosition: end,
    info,
  };
}

/** Reads the binary logs of a simulated fleet. Relay logs cannot be read. */
export function createSimBinlogs(world: World): OrchestratorDeps['binlogs'] {
  async function reading<T>(key: InstanceKey, read: (server: SimServer) => T | null): Promise<LogRead<T>> {
    await world.clock.sleep(1);
    world.advance();
    const server = world.byKey(key);
    if (server === null || !server.isUp || server.isHung || server.isCutOff)
      return { kind: 'failed', failure: failure('refused', key) };
    const value = read(server);
    return value === null
      ? { kind: 'failed', failure: failure('answered', key, NO_SUCH_LOG) }
      : { kind: 'read', value };
  }
  return {
    listLogs: ({ key }) =>
      reading(key, ({ log }) =>
        Array.from({ length: log.file - log.oldest + 1 }, (_, index) => ({
          name: place(log, log.oldest + index, 0).file,
          sizeBytes: 1,
        })),
      ),
    readEvents: ({ key }, { log: kind, file, fromPosition, limit }) =>
      reading(key, ({ log }) => {
        const events = log.entries.map((entry) => eventOf(log, entry)).filter((event) => event.file === file);
        const isThere = Number(file.split('.').at(-1)) >= log.oldest && Number(file.split('.').at(-1)) <= log.file;
        if (kind !== 'binlog' || !isThere) return null;
        return events.filter(({ position }) => position >= (fromPosition ?? 0)).slice(0, limit);
      }),
    readCoordinates: ({ key }) =>
      reading(key, ({ log, replication }) => ({
        own: place(log, log.file, log.end),
        relay: replication === null ? null : { kind: 'relaylog', file: 'relay.000001', position: 4 },
        executed: replication?.executedAt ?? null,
        isApplierRunning: replication?.applierStarted ?? false,
        applierErrorNumber: replication?.applierError ?? 0,
      })),
    readApplierOrder: ({ key }) => reading(key, () => 'in-order'),
    write: async () => ({ kind: 'read-only' }),
    close: () => undefined,
  };
}
