import { describe, expect, it } from 'vitest';
import type { Instance } from '../../model/instance.ts';
import { type InstanceKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf } from '../../model/testing/instances.ts';
import { createFleet } from '../fleet/fleet.ts';
import type { RecoveryIntent } from '../ports.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import { inventIntent } from '../testing/recovery-intent.ts';
import { knownPair, reconsiderPair, withPassed } from './known-pair.ts';

const key = (name: string) => parseKey(name, 3306);
const PLACE = { kind: 'binlog', file: 'bin.000001', position: 30 } as const;
const PAIR = { other: key('b'), passed: PLACE, knownAtMs: 1_000 };

/** `a` and `b` follow each other, `b` is closed, and all is known of them. They were first read at `startMs`. */
function scene(instancePollSeconds = 5, startMs = 1_000, changes: Partial<Instance> = {}) {
  const clock = createStillClock(startMs);
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [], analysis: { instancePollSeconds } });
  const b = (isReadOnly: boolean) =>
    instanceOf('b', {
      isReadOnly,
      serverId: 2,
      uptimeSeconds: 90_000,
      replication: replicationOf('a'),
      ...changes,
    });
  const a = instanceOf('a', { ownCoordinates: PLACE, replication: replicationOf('b') });
  fleet.answered(b(true), clock.now());
  fleet.answered(a, clock.now());
  fleet.answered(b(true), clock.now());
  fleet.answered(a, clock.now());
  return {
    fleet,
    b,
    now: clock.now,
    pass: (ms: number) => {
      clock.pass(ms);
    },
    known: () => knownPair(fleet, key('a'), clock.now()).pair,
  };
}

describe('what a recovery knows of the other co-primary', () => {
  it('is what is known when it begins, unless that one has been silent for long', () => {
    const { fleet, pass, known } = scene();
    expect(known()).toEqual(PAIR);
    fleet.failed(key('b'), 'no answer', false);
    pass(5_000);
    expect(known()?.passed).toEqual(PLACE);
    pass(5_000);
    expect(known()).toMatchObject({ other: key('b'), passed: null });
    expect(knownPair(fleet, key('c'), 0)).toEqual({});
  });

  it('is known for longer where servers are read less often', () => {
    const { fleet, pass, known } = scene(20);
    fleet.failed(key('b'), 'no answer', false);
    pass(29_000);
    expect(known()?.passed).toEqual(PLACE);
    pass(2_000);
    expect(known()?.passed).toBeNull();
  });

  describe('is looked at again at each plan', () => {
    const begun = (changes: Partial<RecoveryIntent> = {}, abandoned: readonly InstanceKey[] = []) => ({
      intent: inventIntent({ failed: key('a'), members: [], pair: PAIR, ...changes }),
      abandoned: [...abandoned],
    });
    const pairOf = (run: ReturnType<typeof begun>, { fleet, now }: ReturnType<typeof scene>) => {
      reconsiderPair(run, fleet, now());
      return run.intent.pair;
    };

    it('and counts for as long as the other one is seen closed', () => {
      const now = scene();
      const run = begun();
      for (let round = 1; round <= 20; round += 1) {
        now.pass(5_000);
        now.fleet.answered(now.b(true));
        expect(pairOf(run, now)).toEqual({ ...PAIR, knownAtMs: 1_000 + 5_000 * round });
      }
      now.pass(7_500);
      expect(pairOf(run, now)?.passed).toEqual(PLACE);
      now.pass(1);
      expect(pairOf(run, now)?.passed).toBeNull();
    });

    it.each<[string, (now: ReturnType<typeof scene>) => void]>([
      ['was seen writable by the watch', ({ fleet, b, now }) => fleet.pulsed(b(false), now())],
      ['had another channel', ({ fleet, b }) => fleet.answered({ ...b(true), otherChannels: [replicationOf('x')] })],
      ['was started again', ({ fleet, b, now }) => fleet.answered({ ...b(true), uptimeSeconds: 0 }, now())],
      ['was out of sight for long', ({ pass }) => pass(7_000)],
    ])('and counts no more when it %s meanwhile, though it is closed again', (_, happens) => {
      const now = scene();
      now.pass(1_000);
      happens(now);
      now.pass(1_000);
      now.fleet.answered(now.b(true));
      const run = begun();
      expect(reconsiderPair(run, now.fleet, now.now())).toMatch(/^b:3306, the other co-primary, was not seen closed/);
      expect(run.intent.pair?.passed).toBeNull();
      expect(reconsiderPair(run, now.fleet, now.now())).toBeNull();
      expect(pairOf(begun({ successor: key('c') }), now)?.passed).toBeNull();
    });

    it('but not of the one that the recovery has begun to promote, and opens itself', () => {
      const now = scene();
      now.fleet.answered(now.b(false));
      expect(pairOf(begun({ successor: key('b') }), now)).toEqual(PAIR);
      expect(pairOf(begun({}, [key('b')]), now)).toEqual(PAIR);
    });

    it('by another process, too, if it took over at once, and the other one was up all the time', () => {
      const knownAt = (knownAtMs: number) => begun({ pair: { ...PAIR, knownAtMs } });
      const now = scene(5, 51_000);
      expect(pairOf(knownAt(43_500), now)).toEqual({ ...PAIR, knownAtMs: 51_000 });
      expect(pairOf(knownAt(43_499), now)?.passed).toBeNull();
      // It has looked on from then at least.
      expect(pairOf(knownAt(52_000), now)?.passed).toEqual(PLACE);
      const restarted = scene(5, 51_000, { uptimeSeconds: 4 });
      expect(pairOf(knownAt(44_900), restarted)?.passed).toBeNull();
      expect(pairOf(knownAt(45_100), restarted)?.passed).toEqual(PLACE);
    });

    it('by another process not, where it has seen it open before', () => {
      const now = scene(5, 51_000);
      now.fleet.answered(now.b(false));
      now.pass(1_000);
      now.fleet.answered(now.b(true));
      expect(pairOf(begun({ pair: { ...PAIR, knownAtMs: 50_000 } }), now)?.passed).toBeNull();
    });

    it('and nothing is made of it where there is no pair', () => {
      const run = { intent: inventIntent({ failed: key('a'), members: [] }), abandoned: [] };
      reconsiderPair(run, scene().fleet, 0);
      expect(run.intent.pair).toBeUndefined();
    });
  });

  it('is written beside the place where it came to rest', () => {
    const intent = inventIntent({ failed: key('a'), members: [], pair: PAIR });
    const rest = { executed: PLACE, own: null };
    expect(withPassed(rest, 'b:3306', intent)).toEqual({ ...rest, passed: PLACE });
    expect(withPassed(rest, 'c:3306', intent)).toEqual(rest);
  });
});
