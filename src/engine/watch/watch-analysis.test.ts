import { describe, expect, test, vi } from 'vitest';
import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { contextOf } from '../../analysis/testing/context.ts';
import { type Invented, inventFamily, inventServer, NOW_MS } from '../../analysis/testing/records.ts';
import { sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT as NO_LOG } from '../testing/fakes.ts';
import { createAnalyser } from './analyser.ts';
import { createAnalysisWatch } from './watch-analysis.ts';

type Deps = Parameters<typeof createAnalysisWatch>[0];
type Key = Parameters<typeof sameKey>[0];

function watchOf(records: readonly ServerRecord[], given: Partial<Record<keyof Deps, unknown>>) {
  const clock = createStillClock(0, NOW_MS);
  const fleet = { records: () => records } as unknown as Fleet;
  return createAnalysisWatch({
    analyser: createAnalyser({ fleet, clock }, { ...contextOf().settings, lockedSemiSyncMs: 10_000 }),
    detections: { detect: async () => undefined },
    explanations: { sayWell: () => undefined, dropGone: () => undefined },
    changelog: { note: async () => undefined },
    servers: { noteStaleCoordinates: async () => undefined },
    stale: [],
    clock,
    logger: NO_LOG,
    suspectedSinceMs: () => null,
    isBeingRecovered: () => false,
    recordOf: (key: Key) => records.find((record) => sameKey(record.key, key)) ?? null,
    recordsOfCluster: () => records,
    isBeingMoved: () => false,
    newUid: () => 'uid',
    isClosed: () => false,
    onSeen: () => undefined,
    onStanding: () => undefined,
    ...given,
  } as unknown as Deps);
}

/** The codes detected of a primary that answers and has these replicas. */
async function detectedOf(
  replicas: readonly Invented[],
  primary: Invented = {},
  areMoved = false,
): Promise<readonly string[]> {
  const records = inventFamily(primary, replicas);
  const detected: string[] = [];
  const watch = watchOf(records, {
    detections: { detect: async ({ code }: AnalysisEntry) => void detected.push(code) },
    isBeingMoved: (key: Key) => areMoved && key.port !== records[0]?.key.port,
  });
  await watch.run();
  return detected;
}

const SILENT = 'AllMasterReplicasNotReplicating';

test('replicas that an operation holds are no failure of their source while they stand still', async () => {
  const still: Invented = { applier: 'stopped' };
  const held: Invented = { ...still, inMaintenance: true };
  expect(await detectedOf([still, still])).toContain(SILENT);
  expect(await detectedOf([held, still])).toContain(SILENT);
  expect(await detectedOf([held, held])).not.toContain(SILENT);
  // Not every operation takes locks.
  expect(await detectedOf([still, still], {}, true)).not.toContain(SILENT);
});

test('a source that does not answer is a failure, whoever holds its replicas', async () => {
  const held: Invented = { receiver: 'stopped', inMaintenance: true };
  expect(await detectedOf([held, held], { valid: false })).toContain('DeadMaster');
});

describe('two clusters in trouble at once', () => {
  const TWO = [1, 2].map((port) => inventServer(port, { valid: false, cluster: `c${port}` }));
  const FIRST = 'c1';
  const never = (): Promise<never> => new Promise(() => undefined);
  /** Promises run dry. */
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  /** Their watch; what stands is counted by cluster. */
  function scene(given: Partial<Record<keyof Deps, unknown>>) {
    const stood = { c1: 0, c2: 0 };
    const onStanding = ({ view }: AnalysisEntry): void => {
      stood[view.clusterName as keyof typeof stood] += 1;
    };
    const watch = watchOf(TWO, { onStanding, ...given });
    const pass = async (): Promise<void> => {
      void watch.run();
      await settle();
    };
    return { watch, stood, pass };
  }

  test('hooks of one that hang hold up neither the other nor the next pass', async () => {
    const noted: string[] = [];
    const { stood, pass } = scene({
      detections: { detect: ({ view }: AnalysisEntry) => (view.clusterName === FIRST ? never() : Promise.resolve()) },
      changelog: { note: async ({ view }: AnalysisEntry) => void noted.push(view.clusterName) },
    });
    await pass();
    expect(stood).toEqual({ c1: 0, c2: 1 });
    await pass();
    expect(stood).toEqual({ c1: 0, c2: 2 });
    expect(noted).toEqual(['c1', 'c2', 'c1', 'c2']);
  });

  test('records of one that cannot be written hold up no other, and are told once', async () => {
    const error = vi.fn();
    const { watch, stood } = scene({
      logger: { ...NO_LOG, error },
      changelog: {
        async note({ view }: AnalysisEntry) {
          if (view.clusterName === FIRST) throw new Error('no backend');
        },
      },
    });
    await watch.run();
    await watch.run();
    expect(stood).toEqual({ c1: 0, c2: 2 });
    expect(error).toHaveBeenCalledTimes(1);
  });

  test('the same verdict is not handled twice at a time, and stands only as long as the analysis says so', async () => {
    const ends: (() => void)[] = [];
    const detect = vi.fn(({ view }: AnalysisEntry) =>
      view.clusterName === FIRST ? new Promise<void>((resolve) => ends.push(resolve)) : Promise.resolve(),
    );
    let isTaken = false;
    const { stood, pass } = scene({
      detections: { detect },
      isBeingRecovered: ({ port }: Key) => isTaken && port === 1,
    });
    await pass();
    await pass();
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await settle();
    expect(stood.c1).toBe(1);
    await pass();
    expect(ends).toHaveLength(2);
    isTaken = true;
    await pass();
    ends[1]?.();
    await settle();
    expect(stood.c1).toBe(1);
  });

  test('one pass that is waited for has done all that follows from it, each thing in its turn', async () => {
    const deeds: string[] = [];
    const slowly =
      (deed: string) =>
      async ({ view }: AnalysisEntry) => {
        await settle();
        deeds.push(`${deed} ${view.clusterName}`);
      };
    const { watch, stood } = scene({
      changelog: { note: slowly('note') },
      detections: { detect: slowly('detect') },
    });
    await watch.run();
    expect(deeds.filter((deed) => deed.endsWith(FIRST))).toEqual(['note c1', 'detect c1']);
    expect(stood).toEqual({ c1: 1, c2: 1 });
  });

  test('nothing more is begun once the program ends', async () => {
    let isClosed = false;
    let end = (): void => undefined;
    const note = vi.fn(async () => undefined);
    const detect = vi.fn(() => new Promise<void>((resolve) => (end = resolve)));
    const { stood, pass } = scene({
      isClosed: () => isClosed,
      changelog: { note },
      detections: { detect: ({ view }: AnalysisEntry) => (view.clusterName === FIRST ? detect() : never()) },
    });
    await pass();
    isClosed = true;
    end();
    await pass();
    expect(stood).toEqual({ c1: 0, c2: 0 });
    expect(note).toHaveBeenCalledTimes(2);
    expect(detect).toHaveBeenCalledTimes(1);
  });
});
