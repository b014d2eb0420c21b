import { expect, it } from 'vitest';
import type { ServerRecord } from '../../model/server-record.ts';
import { instanceOf, recordOf, replicationOf, uuidOf } from '../../model/testing/instances.ts';
import { createApplySpeeds } from './apply-speeds.ts';
import { createEarlierReadings } from './earlier-readings.ts';

const at = (checkedAtMs: number, executed: number, received: number): ServerRecord =>
  recordOf(
    instanceOf('a:3306', {
      executedGtid: `${uuidOf(1)}:1-${executed}`,
      replication: replicationOf('p:3306', { receivedGtid: `${uuidOf(1)}:1-${received}` }),
    }),
    { checkedAtMs },
  );

it('learns how fast a backlog is worked off, from two readings of it', () => {
  const speeds = createApplySpeeds();
  expect(speeds.learn([at(1_000, 100, 900)], 1_000)).toEqual(new Map());
  expect(speeds.learn([at(1_100, 120, 900)], 1_100)).toEqual(new Map());
  expect(speeds.learn([at(3_000, 500, 900)], 3_000)).toEqual(new Map([['a:3306', 200]]));
});

it('without a backlog nothing is learned: then a replica is as fast as its source', () => {
  const speeds = createApplySpeeds();
  speeds.learn([at(1_000, 100, 900)], 1_000);
  speeds.learn([at(2_000, 900, 900)], 2_000);
  expect(speeds.learn([at(3_000, 950, 1_000)], 3_000)).toEqual(new Map());
});

it('a speed grows old', () => {
  const speeds = createApplySpeeds();
  speeds.learn([at(1_000, 100, 900)], 1_000);
  const last = [at(2_000, 200, 900)];
  expect(speeds.learn(last, 2_000).get('a:3306')).toBe(100);
  expect(speeds.learn(last, 302_001)).toEqual(new Map());
});

it('the reading before the last is kept; those in quick succession count as one', () => {
  const earlier = createEarlierReadings();
  const [first, second, third, fourth] = [1_000, 1_050, 1_300, 1_310].map((ms) => at(ms, 1, 1));
  const keptAfter = (record: ServerRecord | undefined): number | null | undefined => {
    if (record !== undefined) earlier.remember(record);
    return record === undefined ? undefined : earlier.of([record])[0]?.check.lastSeenAtMs;
  };
  expect([first, second, third, fourth].map(keptAfter)).toEqual([undefined, 1_000, 1_000, 1_300]);
  if (first !== undefined) earlier.forget(first.key);
  expect(earlier.of([at(0, 1, 1)])).toEqual([]);
});
