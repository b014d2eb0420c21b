import type { LogKind } from '../../model/binlog-event.ts';
import { type BinlogCoordinates, compareCoordinates } from '../../model/coordinates.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';

/**
 * Places between two transactions in servers' logs, as the probes saw them. A server shows events only forwards, so that finding
 * the newest entry of a log of a gigabyte would mean to read it all; from a place of a minute ago it is a moment.
 */
export interface CoordinateMemory {
  /** Notes where a server stands now. */
  observe(instance: Instance): void;
  /** What is known of a server's log, oldest first. */
  boundaries(key: InstanceKey, log: LogKind): readonly BinlogCoordinates[];
  forget(key: InstanceKey): void;
}

/** Notes are this far apart at least … */
const APART_MS = 10_000;
/** … and so many are kept: five minutes, beyond which a log is read from its begin. */
const KEPT = 30;

interface Track {
  readonly places: BinlogCoordinates[];
  notedAtMs: number;
}

export function createCoordinateMemory(monotonicMs: () => number): CoordinateMemory {
  const tracks = new Map<string, Track>();

  function note(name: string, place: BinlogCoordinates | null | undefined): void {
    if (place == null || place.file === '') return;
    const track = tracks.get(name) ?? { places: [], notedAtMs: Number.NEGATIVE_INFINITY };
    const last = track.places.at(-1);
    // Logs that begin again (RESET MASTER, a new data folder): nothing known of them is true any more.
    if (last !== undefined && compareCoordinates(place, last) < 0) {
      track.places.length = 0;
      track.notedAtMs = Number.NEGATIVE_INFINITY;
    } else if (last !== undefined && compareCoordinates(place, last) === 0) return;
    if (monotonicMs() - track.notedAtMs < APART_MS) return;
    track.places.push(place);
    track.notedAtMs = monotonicMs();
    if (track.places.length > KEPT) track.places.shift();
    tracks.set(name, track);
  }

  const nameOf = (key: InstanceKey, log: LogKind): string => `${log} of ${formatKey(key)}`;
  return {
    observe({ key, ownCoordinates, replication }) {
      note(nameOf(key, 'binlog'), ownCoordinates);
      note(nameOf(key, 'relaylog'), replication?.relayCoordinates);
    },
    boundaries: (key, log) => [...(tracks.get(nameOf(key, log))?.places ?? [])],
    forget(key) {
      tracks.delete(nameOf(key, 'binlog'));
      tracks.delete(nameOf(key, 'relaylog'));
    },
  };
}
