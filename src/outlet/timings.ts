import type { BackendSample, DiscoverySample, FlushSample, QueueSample } from '../legacy/timing-json.ts';

/** What routes read. Every list holds the samples of the last so many seconds, oldest first. */
export interface TimingsReader {
  discoveries(seconds: number): readonly DiscoverySample[];
  /** null when there is no queue of this name. */
  queue(name: string, seconds: number): readonly QueueSample[] | null;
  backendWrites(seconds: number): readonly BackendSample[];
  flushes(seconds: number): readonly FlushSample[];
}

/** Single timings of the last minutes, for people who look into a slow node. */
export interface Timings extends TimingsReader {
  discovered(sample: Omit<DiscoverySample, 'atMs'>): void;
  queueSeen(name: string, sample: Omit<QueueSample, 'atMs'>): void;
  backendWritten(sample: Omit<BackendSample, 'atMs'>): void;
  flushed(sample: Omit<FlushSample, 'atMs'>): void;
}

/** Names of the queues of servers to read. */
export const QUEUE_NAMES = ['DEFAULT', 'DEADINSTANCES'] as const;

export interface TimingsSettings {
  /** DiscoveryCollectionRetentionSeconds. */
  readonly retentionSeconds: number;
  /** DiscoveryQueueMaxStatisticsSize; one sample a second. */
  readonly queueSamples: number;
}

/** A busy node reads hundreds of servers a second; beyond this the oldest go, whatever their age. */
const MOST_SAMPLES = 100_000;

export function createTimings(now: () => number, settings: TimingsSettings): Timings {
  const discoveries = createWindow<DiscoverySample>(now, settings.retentionSeconds);
  const backend = createWindow<BackendSample>(now, settings.retentionSeconds);
  const flushes = createWindow<FlushSample>(now, settings.retentionSeconds);
  const queues = new Map(
    QUEUE_NAMES.map((name) => [name as string, createWindow<QueueSample>(now, settings.queueSamples)]),
  );
  return {
    discovered: discoveries.add,
    queueSeen: (name, sample) => queues.get(name)?.add(sample),
    backendWritten: backend.add,
    flushed: flushes.add,
    discoveries: discoveries.last,
    queue: (name, seconds) => queues.get(name)?.last(seconds) ?? null,
    backendWrites: backend.last,
    flushes: flushes.last,
  };
}

/** Samples of a limited past. */
function createWindow<Sample extends { readonly atMs: number }>(now: () => number, retentionSeconds: number) {
  let samples: Sample[] = [];
  const since = (seconds: number): Sample[] => {
    const oldest = now() - Math.min(seconds, retentionSeconds) * 1000;
    return samples.filter(({ atMs }) => atMs >= oldest);
  };
  /** Thrown away in lumps, so that adding stays cheap. */
  const trim = (): void => {
    samples = since(retentionSeconds).slice(-MOST_SAMPLES / 2);
  };
  let nextTrimMs = 0;
  return {
    add(sample: Omit<Sample, 'atMs'>): void {
      samples.push({ ...sample, atMs: now() } as Sample);
      if (samples.length < MOST_SAMPLES && now() < nextTrimMs) return;
      trim();
      nextTrimMs = now() + retentionSeconds * 1000;
    },
    last: since,
  };
}
