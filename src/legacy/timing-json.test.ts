import { expect, test } from 'vitest';
import { statisticsOf } from './statistics.ts';
import {
  backendFiguresJson,
  backendSamplesJson,
  discoveryFiguresJson,
  discoverySamplesJson,
  flushFiguresJson,
  flushSamplesJson,
  queueFiguresJson,
  queueSamplesJson,
} from './timing-json.ts';

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);

test('figures of a queue as they were recorded', () => {
  const idle = { atMs: AT, active: 0, queued: 0 };
  const samples = [idle, idle, idle, { atMs: AT, active: 1, queued: 3 }, idle, idle, idle, idle, idle, idle];
  expect(queueSamplesJson(samples)[3]).toEqual({ Active: 1, Queued: 3 });
  expect(queueFiguresJson(samples)).toEqual({
    ActiveMinEntries: 0,
    ActiveMeanEntries: 0.1,
    ActiveMedianEntries: 0,
    ActiveP95Entries: 0.5,
    ActiveMaxEntries: 1,
    QueuedMinEntries: 0,
    QueuedMeanEntries: 0.3,
    QueuedMedianEntries: 0,
    QueuedP95Entries: 1.5,
    QueuedMaxEntries: 3,
  });
});

test('statistics of few and of none', () => {
  expect(statisticsOf([])).toEqual({ min: 0, mean: 0, median: 0, p95: 0, max: 0 });
  expect(statisticsOf([7])).toEqual({ min: 7, mean: 7, median: 7, p95: 7, max: 7 });
  expect(statisticsOf([3, 1, 2])).toMatchObject({ min: 1, median: 2, max: 3 });
  expect(statisticsOf(Array.from({ length: 100 }, (_, index) => index + 1))).toMatchObject({ median: 50.5, p95: 95 });
});

test('readings: null without any; good and failed apart', () => {
  expect(discoverySamplesJson([])).toBeNull();
  const samples = [
    { atMs: AT, hostname: 'a', port: 1, elapsedMs: 20, hasFailed: false },
    { atMs: AT + 1000, hostname: 'b', port: 1, elapsedMs: 500, hasFailed: true },
  ];
  expect(discoverySamplesJson(samples)?.[1]).toEqual({
    Timestamp: '2026-01-02T03:04:06.000Z',
    Hostname: 'b',
    Port: 1,
    BackendLatencySeconds: 0,
    InstanceLatencySeconds: 0.5,
    TotalLatencySeconds: 0.5,
    Err: {},
  });
  const figures = discoveryFiguresJson(samples);
  expect(figures).toMatchObject({
    FirstSeen: '2026-01-02T03:04:05.000Z',
    LastSeen: '2026-01-02T03:04:06.000Z',
    CountDistinctInstanceKeys: 2,
    CountDistinctFailedInstanceKeys: 1,
    SuccessfulDiscoveries: 1,
    MeanTotalSeconds: 0.02,
    FailedMaxInstanceSeconds: 0.5,
  });
  expect(Object.keys(figures)).toHaveLength(7 + 4 * 6);
  expect(discoveryFiguresJson([])).toMatchObject({ FirstSeen: '0001-01-01T00:00:00Z', SuccessfulDiscoveries: 0 });
});

test('writes in nanoseconds each, in seconds in sum', () => {
  const write = { atMs: AT, elapsedMs: 1.5, hasFailed: false };
  expect(backendSamplesJson([write])[0]).toMatchObject({ WaitLatency: 0, ExecuteLatency: 1_500_000, Err: null });
  expect(backendFiguresJson([write])).toMatchObject({ Count: 1, MaxLatencySeconds: 0.0015, P95WaitSeconds: 0 });
  const flush = { atMs: AT, countServers: 4, elapsedMs: 2 };
  expect(flushSamplesJson([flush])[0]).toMatchObject({ Instances: 4, WriteLatency: 2_000_000 });
  expect(flushFiguresJson([flush, { ...flush, countServers: 2 }])).toMatchObject({
    CountInstances: 6,
    MeanInstances: 3,
    MaxWriteSeconds: 0.002,
  });
});
