import { type BinlogCoordinates, compareCoordinates } from '../../model/coordinates.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import type { PassedPlace } from '../../model/server-record.ts';
import { type ClosedSpans, isClosed } from './closed-spans.ts';

/*
 * Two servers that follow each other by file and position, of which one takes writes and the other is closed (closed-spans.ts). Should the first
 * one die, its replicas equal the other one only if they have all that the other one ever wrote itself. No place in the log of the other one
 * tells: that log grows with all that comes from the first. What can be known is a place in the log of the first:
 *
 * - The other one is seen closed, and its log then ends at E. A while later the first one is seen to have executed that log to E or
 *   further, and its own log, asked afterwards, ends at P. Whatever the other one wrote before E stands in the log of the first before P.
 * - It has written nothing since, as far as anybody saw: it was closed and up at every reading. What is opened, written to and closed
 *   again between two readings shows as soon as the first one does not come past the new end.
 * - A place in a log that was begun anew since says nothing. So that log must once be seen to end no earlier than where the first one is in it.
 *
 * So each reading of the first one settles the matter anew, and what is doubtful counts as not known.
 */

export interface PairPlaces {
  /**
   * A server answered. `begunMs` (monotonic): when a reading began that also asked where its log ends, after its replication; null: that was
   * not asked now, and what `instance` says of it is older. `tellsUptime`: the same of its uptime.
   */
  sighted(instance: Instance, begunMs: number | null, tellsUptime: boolean): void;
  failed(key: InstanceKey): void;
  forget(key: InstanceKey): void;
}

/** One server, as seen of late; monotonic times. */
interface Sight {
  /** Closed ever since, with nothing seen against it: where its log ended, oldest first. */
  readonly ends: readonly End[];
  /**
   * What others executed of its log can be compared with its places (`sound`); not, since it has begun anew (`begun-anew`); or nobody knows yet,
   * since it was not seen to reach to where they are (`untried`).
   */
  readonly log: 'sound' | 'begun-anew' | 'untried';
  /** How far it had executed its source's log, when it was last asked for everything; null: never, or it follows nobody. */
  readonly executed: { readonly at: BinlogCoordinates; readonly source: InstanceKey; readonly seenMs: number } | null;
  /** A reading that began before that says nothing: it was seen open, or did not answer, since. */
  readonly notBeforeMs: number;
}

interface End {
  readonly at: BinlogCoordinates;
  readonly seenMs: number;
}

/** So long a server may take to execute what its pair has logged, before that counts as behind. */
const COMES_ROUND_MS = 2_000;
const UNSEEN: Sight = { ends: [], log: 'untried', executed: null, notBeforeMs: 0 };

export function createPairPlaces(
  deps: {
    readonly closed: ClosedSpans;
    nowMs(): number;
    /** The last reading of a server; null: none. */
    instanceAt(key: InstanceKey): Instance | null;
    /** What is known of this server from now on; null: nothing. */
    tell(key: InstanceKey, passed: PassedPlace | null): void;
  },
  settings: {
    /** See Fleet. */
    outOfSightMs(): number;
  },
): PairPlaces {
  const sights = new Map<string, Sight>();
  /** By the name of the closed one: the other one, of which something is known as long as that stays closed. */
  const settled = new Map<string, InstanceKey>();

  /** The one that follows this server, and is followed by it. */
  function pairOf({ key, replication }: Instance): InstanceKey | null {
    const source = replication === null ? null : replication.source;
    const above = source === null ? null : (deps.instanceAt(source)?.replication ?? null);
    return source !== null && above !== null && sameKey(above.source, key) ? source : null;
  }

  function tell(key: InstanceKey, passed: PassedPlace | null): void {
    if (passed !== null) settled.set(formatKey(passed.other), key);
    deps.tell(key, passed);
  }

  /** Nothing that was known of another one by way of this server counts any more. */
  function unsettle(key: InstanceKey): void {
    const other = settled.get(formatKey(key));
    if (other === undefined) return;
    settled.delete(formatKey(key));
    deps.tell(other, null);
  }

  /** It is closed, and its log was asked for: the end of that counts, beside the earlier ones. `last`: where it ended when it was last asked. */
  function withEnd(instance: Instance, sight: Sight, last: End | undefined, begunMs: number): Sight {
    const { ownCoordinates: at } = instance;
    if (at === null) return sight;
    const nowMs = deps.nowMs();
    const executed = executedByPair(instance, begunMs);
    const isBefore = (place: BinlogCoordinates | undefined): boolean =>
      place !== undefined && compareCoordinates(at, place) < 0;
    if (isBefore(last?.at) || isBefore(executed ?? undefined)) {
      unsettle(instance.key);
      return { ...sight, ends: [{ at, seenMs: nowMs }], log: 'begun-anew' };
    }
    const log = sight.log === 'untried' && executed !== null ? 'sound' : sight.log;
    return { ...sight, ends: [...neededOf(sight.ends, nowMs), { at, seenMs: nowMs }], log };
  }

  /** How far the other one had come in this one's log before this reading began; null: nobody knows. */
  function executedByPair(instance: Instance, begunMs: number): BinlogCoordinates | null {
    const pair = pairOf(instance);
    const executed = pair === null ? null : (sights.get(formatKey(pair))?.executed ?? null);
    if (executed === null || !sameKey(executed.source, instance.key) || executed.seenMs > begunMs) return null;
    return executed.at;
  }

  /** Where its own log ends, if by now it has come past all that its pair had in its log a while ago. */
  function passedBy(instance: Instance, begunMs: number): PassedPlace | null {
    const { replication, ownCoordinates: at } = instance;
    const other = pairOf(instance);
    const sight = other === null ? undefined : sights.get(formatKey(other));
    const last = sight?.ends.at(-1);
    if (replication === null || other === null || at === null || sight === undefined || last === undefined) return null;
    // What it leaves out, or does not log, never reached its replicas.
    if (!instance.binlogEnabled || !instance.logsReplicaUpdates || replication.hasFilters) return null;
    if (instance.otherChannels.length > 0 || begunMs - last.seenMs > settings.outOfSightMs()) return null;
    const { executedCoordinates: executed } = replication;
    if (sight.log !== 'sound') {
      const order = compareCoordinates(executed, last.at);
      if (sight.log === 'untried' ? order > 0 : order !== 0) return null;
      sights.set(formatKey(other), { ...sight, log: 'sound' });
    }
    const due = neededOf(sight.ends, begunMs)[0] ?? last;
    return compareCoordinates(executed, due.at) < 0 ? null : { other, at };
  }

  return {
    sighted(instance, begunMs, tellsUptime) {
      const { key, replication } = instance;
      const name = formatKey(key);
      const before = sights.get(name) ?? UNSEEN;
      if (isClosed(instance) && begunMs !== null && begunMs < before.notBeforeMs) return;
      const isStillClosed = deps.closed.sighted(instance, tellsUptime);
      if (replication === null || !isStillClosed) unsettle(key);
      if (replication === null) {
        sights.delete(name);
        return tell(key, null);
      }
      const kept = isStillClosed ? before : startedAnew(before);
      const sight = isClosed(instance)
        ? begunMs === null
          ? kept
          : withEnd(instance, kept, before.ends.at(-1), begunMs)
        : { ...kept, notBeforeMs: deps.nowMs() };
      const { executedCoordinates: at, source } = replication;
      sights.set(name, begunMs === null ? sight : { ...sight, executed: { at, source, seenMs: deps.nowMs() } });
      if (begunMs !== null) tell(key, passedBy(instance, begunMs));
      else if (pairOf(instance) === null) tell(key, null);
    },
    failed(key) {
      const before = sights.get(formatKey(key));
      if (before !== undefined) sights.set(formatKey(key), { ...startedAnew(before), notBeforeMs: deps.nowMs() });
    },
    forget(key) {
      unsettle(key);
      sights.delete(formatKey(key));
      deps.closed.forget(key);
    },
  };
}

/** Of the ends of its log nothing is known any more. */
const startedAnew = (sight: Sight): Sight => ({
  ...sight,
  ends: [],
  log: sight.log === 'begun-anew' ? 'begun-anew' : 'untried',
});

/** The first of these a reading now must have come past; the others may be on their way. */
function neededOf(ends: readonly End[], nowMs: number): readonly End[] {
  const due = ends.findLastIndex(({ seenMs }) => seenMs <= nowMs - COMES_ROUND_MS);
  return due <= 0 ? ends : ends.slice(due);
}
