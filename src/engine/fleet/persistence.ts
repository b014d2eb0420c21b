import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Clock, Logger, ServerStore } from '../ports.ts';
import type { Fleet } from './fleet.ts';

export interface Persistence {
  /** Writes what changed since the last flush; the times of unchanged servers go in one narrow batch per touch interval. */
  flush(): Promise<void>;
  forget(key: InstanceKey): Promise<void>;
  /** null while writing works, else one sentence. */
  failure(): string | null;
}

/** What was written of a server, and from which readings, so that one that was not read since need not be looked at. */
interface Written {
  readonly instance: ServerRecord['instance'];
  readonly position: ServerRecord['position'];
  readonly isWell: boolean;
  readonly facts: string;
}

const isWell = ({ check }: ServerRecord): boolean => check.failure === null;

/** What makes a row worth writing again; times and latency do not. */
function factsOf(record: ServerRecord): string {
  const { instance, position } = record;
  const { latencyMs: _latency, uptimeSeconds: _uptime, ...facts } = instance ?? { latencyMs: 0, uptimeSeconds: 0 };
  return JSON.stringify([facts, position, isWell(record)]);
}

function writtenOf(record: ServerRecord, before: Written | undefined): Written {
  const { instance, position } = record;
  const isSame =
    before !== undefined &&
    before.instance === instance &&
    before.position === position &&
    before.isWell === isWell(record);
  return isSame ? before : { instance, position, isWell: isWell(record), facts: factsOf(record) };
}

/** Delta writes (design §3.7). A store that fails is tried again at the next flush; nothing else waits for it. */
export function createPersistence(
  deps: { readonly fleet: Fleet; readonly store: ServerStore; readonly clock: Clock; readonly logger: Logger },
  settings: { readonly touchMs: number },
): Persistence {
  const { fleet, store, clock, logger } = deps;
  const written = new Map<string, Written>();
  let touchedAtMs = 0;
  let flushedVersion = -1;
  let failure: string | null = null;
  let underWay: Promise<void> | null = null;

  async function write(): Promise<void> {
    const isTouchDue = clock.monotonicMs() - touchedAtMs >= settings.touchMs;
    if (fleet.version() === flushedVersion && !isTouchDue) return;
    const version = fleet.version();
    const records = fleet.records();
    const changed: ServerRecord[] = [];
    const unchanged: ServerRecord[] = [];
    const next = new Map<string, Written>();
    for (const record of records) {
      const name = formatKey(record.key);
      const before = written.get(name);
      const now = writtenOf(record, before);
      if (now.facts === before?.facts) {
        unchanged.push(record);
        written.set(name, now);
      } else {
        changed.push(record);
        next.set(name, now);
      }
    }
    try {
      if (changed.length > 0) await store.saveServers(changed);
      if (isTouchDue && unchanged.length > 0) await store.touchServers(unchanged);
      if (isTouchDue) touchedAtMs = clock.monotonicMs();
      for (const [name, now] of next) written.set(name, now);
      flushedVersion = version;
      if (failure !== null) logger.info({}, 'the backend takes writes again');
      failure = null;
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      if (failure !== message) logger.error({ err: thrown }, 'the backend does not take writes; it is tried again');
      failure = message;
    }
  }

  return {
    async flush() {
      underWay ??= write().finally(() => {
        underWay = null;
      });
      await underWay;
    },
    async forget(key) {
      written.delete(formatKey(key));
      await underWay;
      await store.forgetServer(key);
    },
    failure: () => failure,
  };
}
