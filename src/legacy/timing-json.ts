import { toNanoseconds, ZERO_TIME } from './go-time.ts';
import { statisticsOf } from './statistics.ts';

/** One reading of a server. */
export interface DiscoverySample {
  readonly atMs: number;
  readonly hostname: string;
  readonly port: number;
  readonly elapsedMs: number;
  readonly hasFailed: boolean;
}

/** How long the queue of servers to read was at one second. */
export interface QueueSample {
  readonly atMs: number;
  readonly active: number;
  readonly queued: number;
}

/** One write to the backend. */
export interface BackendSample {
  readonly atMs: number;
  readonly elapsedMs: number;
  readonly hasFailed: boolean;
}

/** One batch of servers written to the backend. */
export interface FlushSample {
  readonly atMs: number;
  readonly countServers: number;
  readonly elapsedMs: number;
}

const goTime = (atMs: number): string => new Date(atMs).toISOString();
/** An error has always shown as {}. */
const goError = (hasFailed: boolean) => (hasFailed ? {} : null);
const seconds = (elapsedMs: number): number => elapsedMs / 1000;

/** Single readings; null when there are none (historic). Nothing waits for the backend while a server is read. */
export const discoverySamplesJson = (samples: readonly DiscoverySample[]) =>
  samples.length === 0
    ? null
    : samples.map(({ atMs, hostname, port, elapsedMs, hasFailed }) => ({
        Timestamp: goTime(atMs),
        Hostname: hostname,
        Port: port,
        BackendLatencySeconds: 0,
        InstanceLatencySeconds: seconds(elapsedMs),
        TotalLatencySeconds: seconds(elapsedMs),
        Err: goError(hasFailed),
      }));

/** Readings in sum: plain figures of the good ones, `Failed…` of the others. */
export function discoveryFiguresJson(samples: readonly DiscoverySample[]) {
  const good = samples.filter(({ hasFailed }) => !hasFailed);
  const bad = samples.filter(({ hasFailed }) => hasFailed);
  const distinct = (some: readonly DiscoverySample[]): number =>
    new Set(some.map(({ hostname, port }) => `${hostname}:${port}`)).size;
  const [plain, failed] = [good, bad].map((some) => statisticsOf(some.map(({ elapsedMs }) => seconds(elapsedMs))));
  const figures = (['mean', 'max', 'median', 'p95'] as const).flatMap((name) => {
    const word = name === 'p95' ? 'P95' : `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    return [
      [`${word}TotalSeconds`, plain?.[name] ?? 0],
      [`${word}BackendSeconds`, 0],
      [`${word}InstanceSeconds`, plain?.[name] ?? 0],
      [`Failed${word}TotalSeconds`, failed?.[name] ?? 0],
      [`Failed${word}BackendSeconds`, 0],
      [`Failed${word}InstanceSeconds`, failed?.[name] ?? 0],
    ] as const;
  });
  return {
    FirstSeen: samples[0] === undefined ? ZERO_TIME : goTime(samples[0].atMs),
    LastSeen: samples.length === 0 ? ZERO_TIME : goTime(samples.at(-1)?.atMs ?? 0),
    CountDistinctInstanceKeys: distinct(samples),
    CountDistinctOkInstanceKeys: distinct(good),
    CountDistinctFailedInstanceKeys: distinct(bad),
    FailedDiscoveries: bad.length,
    SuccessfulDiscoveries: good.length,
    ...Object.fromEntries(figures),
  };
}

export const queueSamplesJson = (samples: readonly QueueSample[]) =>
  samples.map(({ active, queued }) => ({ Active: active, Queued: queued }));

export function queueFiguresJson(samples: readonly QueueSample[]) {
  const active = statisticsOf(samples.map((one) => one.active));
  const queued = statisticsOf(samples.map((one) => one.queued));
  return {
    ActiveMinEntries: active.min,
    ActiveMeanEntries: active.mean,
    ActiveMedianEntries: active.median,
    ActiveP95Entries: active.p95,
    ActiveMaxEntries: active.max,
    QueuedMinEntries: queued.min,
    QueuedMeanEntries: queued.mean,
    QueuedMedianEntries: queued.median,
    QueuedP95Entries: queued.p95,
    QueuedMaxEntries: queued.max,
  };
}

/** Writes wait for nothing before they are sent: there is no queue of them. */
export const backendSamplesJson = (samples: readonly BackendSample[]) =>
  samples.map(({ atMs, elapsedMs, hasFailed }) => ({
    Timestamp: goTime(atMs),
    WaitLatency: 0,
    ExecuteLatency: toNanoseconds(elapsedMs),
    Err: goError(hasFailed),
  }));

export function backendFiguresJson(samples: readonly BackendSample[]) {
  const { max, mean, median, p95 } = statisticsOf(samples.map(({ elapsedMs }) => seconds(elapsedMs)));
  return {
    Count: samples.length,
    MaxLatencySeconds: max,
    MeanLatencySeconds: mean,
    MedianLatencySeconds: median,
    P95LatencySeconds: p95,
    MaxWaitSeconds: 0,
    MeanWaitSeconds: 0,
    MedianWaitSeconds: 0,
    P95WaitSeconds: 0,
  };
}

export const flushSamplesJson = (samples: readonly FlushSample[]) =>
  samples.map(({ atMs, countServers, elapsedMs }) => ({
    Timestamp: goTime(atMs),
    Instances: countServers,
    WaitLatency: 0,
    WriteLatency: toNanoseconds(elapsedMs),
  }));

export function flushFiguresJson(samples: readonly FlushSample[]) {
  const counts = statisticsOf(samples.map((one) => one.countServers));
  const writes = statisticsOf(samples.map((one) => seconds(one.elapsedMs)));
  return {
    CountInstances: samples.reduce((sum, one) => sum + one.countServers, 0),
    MaxInstances: counts.max,
    MeanInstances: counts.mean,
    MedianInstances: counts.median,
    P95Instances: counts.p95,
    MaxWaitSeconds: 0,
    MeanWaitSeconds: 0,
    MedianWaitSeconds: 0,
    P95WaitSeconds: 0,
    MaxWriteSeconds: writes.max,
    MeanWriteSeconds: writes.mean,
    MedianWriteSeconds: writes.median,
    P95WriteSeconds: writes.p95,
  };
}
