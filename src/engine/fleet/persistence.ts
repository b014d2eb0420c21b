import { messageOf } from '../../model/error.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Clock, Logger, ServerStore } from '../ports.ts';
import type { Fleet } from './fleet.ts';
import { createMisfits } from './misfits.ts';

export interface Persistence {
  /** The store holds already what the fleet holds now: a server is written again once it has been looked at. */
  remember(): void;
  /** Writes what changed since the last flush; the times of servers that were only checked go in one narrow batch per touch interval. */
  flush(): Promise<void>;
  /** Writes those of these servers that were never written. Resolves after KEEP_MS at the latest, and never rejects. */
  keep(keys: readonly InstanceKey[]): Promise<void>;
  /** What the fleet knows by now is written. Resolves after KEEP_MS at the latest, and never rejects. */
  keepUp(): Promise<void>;
  /** Their rows are gone from the store: those that were written, and fit, are written again at the next flush. */
  restore(keys: readonly InstanceKey[]): void;
  /** The last flush: it waits for no interval. */
  close(): Promise<void>;
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
  /** The times that were written. */
  readonly check: ServerRecord['check'];
  /** When the row was written in whole; monotonic. */
  readonly savedAtMs: number;
}

/**
 * A row whose facts stay the same is written in whole again after so many touches: what another process wrote meanwhile (a command, a
 * person's SQL) may have been so for a moment only, and would stand there for ever.
 */
const TOUCHES_PER_REWRITE = 12;

/** A recovery is not held up any longer to have it remembered what it began on, nor an operation to have it told what it brought about. */
const KEEP_MS = 300;

const isWell = ({ check }: ServerRecord): boolean => check.failure === null;

/** What makes a row worth writing again; times and latency do not. */
function factsOf(record: ServerRecord): string {
  const { instance, position } = record;
  const { latencyMs: _latency, uptimeSeconds: _uptime, ...facts } = instance ?? { latencyMs: 0, uptimeSeconds: 0 };
  return JSON.stringify([facts, position, isWell(record)]);
}

function writtenOf(record: ServerRecord, before: Written | undefined, nowMs: number): Written {
  const { instance, position, check } = record;
  const isSame =
    before !== undefined &&
    before.instance === instance &&
    before.position === position &&
    before.isWell === isWell(record);
  if (isSame) return { ...before, check };
  const savedAtMs = before?.savedAtMs ?? nowMs;
  return { instance, position, isWell: isWell(record), facts: factsOf(record), check, savedAtMs };
}

/** Delta writes (design §3.7). A store that fails is tried again at the next flush; nothing else waits for it. */
export function createPersistence(
  deps: { readonly fleet: Fleet; readonly store: ServerStore; readonly clock: Clock; readonly logger: Logger },
  settings: { readonly touchMs: number },
): Persistence {
  const { fleet, store, clock, logger } = deps;
  const written = new Map<string, Written>();
  const misfits = createMisfits(logger);
  let touchedAtMs = Number.NEGATIVE_INFINITY;
  let flushedVersion = -1;
  let failure: string | null = null;
  let underWay: Promise<void> | null = null;

  async function write(isLast: boolean): Promise<void> {
    const nowMs = clock.monotonicMs();
    const isTouchDue = isLast || nowMs - touchedAtMs >= settings.touchMs;
    if (fleet.version() === flushedVersion && !isTouchDue) return;
    const version = fleet.version();
    const records = fleet.records();
    const changed: ServerRecord[] = [];
    const checked: ServerRecord[] = [];
    const next = new Map<string, Written>();
    let rewritesLeft = Math.ceil(records.length / TOUCHES_PER_REWRITE);
    const isOld = ({ savedAtMs }: Written): boolean => nowMs - savedAtMs >= TOUCHES_PER_REWRITE * settings.touchMs;
    for (const record of records) {
      const name = formatKey(record.key);
      const before = written.get(name);
      const now = writtenOf(record, before, nowMs);
      if (before === undefined || now.facts !== before.facts) {
        changed.push(record);
        next.set(name, { ...now, savedAtMs: nowMs });
      } else if (isTouchDue && now.check !== before.check && isOld(before) && rewritesLeft > 0) {
        rewritesLeft -= 1;
        changed.push(record);
        next.set(name, { ...now, savedAtMs: nowMs });
      } else if (isTouchDue && now.check !== before.check && !misfits.isUnsaved(name)) {
        // Times move only of what was looked at: another process may know newer ones of the rest.
        checked.push(record);
        next.set(name, now);
      } else {
        written.set(name, { ...now, check: before.check });
      }
    }
    try {
      // A server that does not fit counts as written: it would not fit at the next flush either. It is tried again when it changes.
      if (changed.length > 0) misfits.note(changed, await store.saveServers(changed));
      if (checked.length > 0) await store.touchServers(checked);
      if (isTouchDue) touchedAtMs = clock.monotonicMs();
      for (const [name, now] of next) written.set(name, now);
      flushedVersion = version;
      if (failure !== null) logger.info({}, 'the backend takes writes again');
      failure = null;
    } catch (thrown) {
      const message = messageOf(thrown);
      if (failure !== message) logger.error({ err: thrown }, 'the backend does not take writes; it is tried again');
      failure = message;
    }
  }

  const flush = (isLast: boolean): Promise<void> => {
    underWay ??= write(isLast).finally(() => {
      underWay = null;
    });
    return underWay;
  };

  async function flushWhile(isWanted: () => boolean): Promise<void> {
    // The flush under way may have begun before what is wanted came; two writers at once could leave the older row.
    for (let flushes = 0; flushes < 2 && isWanted(); flushes += 1) await flush(false);
  }

  async function shortly(work: Promise<void>): Promise<void> {
    const patience = new AbortController();
    await Promise.race([work, clock.sleep(KEEP_MS, patience.signal)]);
    patience.abort();
  }

  return {
    keep: (keys) =>
      shortly(flushWhile(() => keys.some((key) => !written.has(formatKey(key)) && fleet.recordOf(key) !== null))),
    keepUp() {
      const version = fleet.version();
      return shortly(flushWhile(() => flushedVersion < version));
    },
    remember() {
      const before = new Map(written);
      written.clear();
      for (const record of fleet.records()) {
        const name = formatKey(record.key);
        written.set(name, writtenOf(record, before.get(name), clock.monotonicMs()));
      }
      flushedVersion = fleet.version();
    },
    restore(keys) {
      for (const name of keys.map(formatKey)) {
        // It has no row because it does not fit.
        if (!misfits.isUnsaved(name) && written.delete(name)) flushedVersion = -1;
      }
    },
    flush: () => flush(false),
    async close() {
      await underWay;
      await flush(true);
    },
    async forget(key) {
      const name = formatKey(key);
      // The flush under way may have read the fleet before, and notes the server as written when it ends.
      await underWay;
      written.delete(name);
      misfits.forget(name);
      await store.forgetServer(key);
      // Discovered anew and flushed meanwhile: its row may have gone with the old one, so it is written once more.
      await underWay;
      written.delete(name);
    },
    failure: () => failure,
  };
}
