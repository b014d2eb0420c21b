import { describe, expect, it } from 'vitest';
import type { Instance } from '../../model/instance.ts';
import { parseKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf } from '../../model/testing/instances.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import { createFleet } from './fleet.ts';

const key = (name: string) => parseKey(name, 3306);
const at = (position: number, file = 1) =>
  ({ kind: 'binlog', file: `bin.${String(file).padStart(6, '0')}`, position }) as const;

/** `a` takes writes, `b` is read-only; they follow each other by file and position. Nobody has read them yet. */
function unread() {
  const clock = createStillClock(100_000);
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  const read = (
    name: string,
    source: string,
    executed: number,
    end: number,
    changes: Partial<Instance>,
    tookMs = 5,
  ) => {
    const replication = replicationOf(source, { positioning: 'coordinates', executedCoordinates: at(executed) });
    fleet.answered(
      instanceOf(name, {
        replication,
        ownCoordinates: at(end),
        uptimeSeconds: 90_000 + clock.now() / 1_000,
        ...changes,
      }),
      clock.now() - tookMs,
    );
  };
  const one = {
    fleet,
    pass: (ms: number) => {
      clock.pass(ms);
      return one;
    },
    /** It has executed so far of the log of b; its own log ends there. */
    a: (executed: number, end: number, changes: Partial<Instance> = {}) => {
      read('a', 'b', executed, end, { serverId: 1, ...changes });
      return fleet.recordOf(key('a'))?.passed?.at.position ?? null;
    },
    /** Its log ends there. */
    b: (end: number, changes: Partial<Instance> = {}, tookMs = 5) => {
      read('b', 'a', 0, end, { serverId: 2, isReadOnly: true, ...changes }, tookMs);
      return one;
    },
    failed: (name: string) => {
      fleet.failed(key(name), 'no answer', false);
      return one;
    },
    known: () => fleet.recordOf(key('a'))?.passed?.at.position ?? null,
  };
  return one;
}

/** The same, known to each other. */
function scene() {
  const one = unread();
  one.b(100).a(0, 10);
  return one;
}

const OPEN = { isReadOnly: false, isSuperReadOnly: false };

describe('what a co-primary without GTID has passed on of the rows of the other one', () => {
  it('is known by where its own log ends, when it has executed what the other one had logged', () => {
    const pair = scene();
    expect(pair.pass(5_000).b(100).pass(1_000).a(99, 20)).toBeNull();
    expect(pair.a(100, 30)).toBe(30);
    expect(pair.pass(1_000).b(200).a(150, 40)).toBe(40);
    expect(pair.pass(2_100).a(150, 50)).toBeNull();
    expect(pair.a(200, 60)).toBe(60);
  });

  it.each<[string, (pair: ReturnType<typeof scene>) => unknown]>([
    ['is writable', (pair) => pair.b(100, OPEN)],
    ['has been started again', (pair) => pair.pass(1_000).b(100, { uptimeSeconds: 0 })],
    ['was out of sight for long, and may have been started again', (pair) => pair.pass(60_000).b(100)],
    [
      'gets rows by another channel as well',
      (pair) => pair.b(100, { otherChannels: [replicationOf('x', { channel: 'x' })] }),
    ],
    ['is another server', (pair) => pair.b(100, { serverId: 9 })],
    ['has begun its logs anew', (pair) => pair.b(50)],
    ['is forgotten', (pair) => pair.fleet.forget(key('b'))],
    ['has forgotten its source', (pair) => pair.fleet.answered(instanceOf('b', { ...OPEN, serverId: 2 }))],
  ])('is not known any more as soon as the other one %s', (_, happens) => {
    const pair = scene();
    pair.pass(1_000).b(100).pass(1_000);
    expect(pair.a(100, 30)).toBe(30);
    happens(pair);
    expect(pair.known()).toBeNull();
  });

  it('is forgotten at its next reading when the other one has failed to answer meanwhile, and not before', () => {
    const pair = scene();
    pair.pass(1_000).b(100).pass(1_000);
    expect(pair.a(100, 30)).toBe(30);
    expect(pair.failed('b').known()).toBe(30);
    expect(pair.pass(1_000).b(100).known()).toBe(30);
    expect(pair.failed('b').a(100, 40)).toBeNull();
    // What it wrote while nobody looked lies before its end now.
    expect(pair.pass(100).b(300).a(100, 50)).toBeNull();
    expect(pair.a(300, 60)).toBe(60);
  });

  it('is kept over its death for as long as the other one is seen closed', () => {
    const pair = scene();
    pair.pass(1_000).b(100).pass(1_000);
    expect(pair.a(100, 30)).toBe(30);
    pair.failed('a');
    for (let round = 0; round < 20; round += 1) pair.pass(5_000).b(100 + round);
    expect(pair.known()).toBe(30);
    pair.fleet.pulsed(instanceOf('b', { ...OPEN, serverId: 2, replication: replicationOf('a') }), 0);
    expect(pair.known()).toBeNull();
  });

  it('a pulse tells it as a reading does, and says nothing of the uptime', () => {
    const pair = scene();
    pair.pass(1_000).b(100).pass(1_000);
    const replication = replicationOf('b', { executedCoordinates: at(100) });
    pair.fleet.pulsed(instanceOf('a', { serverId: 1, replication, ownCoordinates: at(33) }), 101_990);
    expect(pair.known()).toBe(33);
    const closed = { isReadOnly: true, serverId: 2, uptimeSeconds: 1, ownCoordinates: at(100) };
    pair.fleet.pulsed(instanceOf('b', { ...closed, replication: replicationOf('a') }), 101_990);
    expect(pair.known()).toBe(33);
  });

  it('a reading that began before the other one was seen writable, and arrives afterwards, is none', () => {
    const pair = scene();
    pair.pass(1_000).b(100, OPEN).pass(1);
    const replication = replicationOf('a', { positioning: 'coordinates' });
    const late = instanceOf('b', { serverId: 2, isReadOnly: true, ownCoordinates: at(100), replication });
    pair.fleet.answered(late, 100_500);
    expect(pair.pass(100).a(100, 30)).toBeNull();
  });

  it('is never known of one that does not log, or leaves out, what it gets', () => {
    const pair = scene();
    pair.pass(1_000).b(100).pass(1_000);
    expect(pair.a(100, 30, { logsReplicaUpdates: false })).toBeNull();
    expect(pair.a(100, 30, { binlogEnabled: false })).toBeNull();
    const replication = replicationOf('b', { executedCoordinates: at(100), hasFilters: true });
    expect(pair.a(100, 30, { replication })).toBeNull();
    expect(pair.a(100, 30, { ownCoordinates: null })).toBeNull();
    expect(pair.a(100, 30, { otherChannels: [replicationOf('x', { channel: 'x' })] })).toBeNull();
    expect(pair.a(100, 30)).toBe(30);
  });

  it('is never known of one whose pair gets rows by another channel, read-only or not', () => {
    const pair = scene();
    const otherChannels = [replicationOf('x', { channel: 'x', positioning: 'coordinates' })];
    for (let round = 0; round < 4; round += 1) expect(pair.pass(1_000).b(100, { otherChannels }).a(100, 30)).toBeNull();
    expect(pair.pass(1_000).b(100).a(100, 30)).toBe(30);
  });

  it('is not known until the log of the other one was seen to reach to the place in it: that may be an old one', () => {
    const pair = unread();
    const old = { replication: replicationOf('b', { executedCoordinates: at(1_000, 9) }) };
    // Both are asked at once when we start, and the other one answers last.
    pair.a(0, 20, old);
    pair.pass(5).b(500, {}, 10);
    expect(pair.pass(1_000).a(0, 30, old)).toBeNull();
    expect(pair.pass(1_000).b(600).pass(1_000).a(0, 40, old)).toBeNull();
    expect(pair.pass(1_000).a(600, 50)).toBe(50);
  });

  it('… which may be at once, or at the next reading of both', () => {
    expect(unread().b(100).pass(10).a(100, 20)).toBe(20);
    const busy = unread();
    expect(busy.b(100).pass(1_000).a(150, 20)).toBeNull();
    expect(busy.pass(10).b(200).pass(1_000).a(250, 30)).toBe(30);
  });

  it('… and again after a failed check of the other one', () => {
    const pair = scene();
    pair.pass(1_000).b(100).pass(1_000);
    expect(pair.failed('b').a(100, 30)).toBeNull();
    const old = { replication: replicationOf('b', { executedCoordinates: at(1_000, 9) }) };
    pair.pass(10).a(0, 40, old);
    pair.pass(5).b(50, {}, 10);
    expect(pair.pass(1_000).a(0, 50, old)).toBeNull();
  });

  it('after the other one has begun its logs anew an old place means nothing, until both are seen at one', () => {
    const pair = scene();
    const old = replicationOf('b', { executedCoordinates: at(1_000, 9) });
    const begun = (end: number) => pair.pass(1_000).b(end, { ownCoordinates: at(end, 1) });
    pair
      .pass(1_000)
      .b(0, { ownCoordinates: at(2_000, 9) })
      .pass(3_000);
    expect(pair.a(0, 30, { replication: old })).toBeNull();
    begun(300);
    expect(pair.pass(1_000).a(0, 40, { replication: old })).toBeNull();
    begun(400);
    expect(pair.pass(1_000).a(500, 50)).toBeNull();
    begun(600);
    expect(pair.pass(1_000).a(600, 60)).toBe(60);
  });
});
