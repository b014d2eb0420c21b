import { expect, test } from 'vitest';
import { contextOf } from '../../analysis/testing/context.ts';
import { type Invented, inventFamily, NOW_MS } from '../../analysis/testing/records.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { createStillClock } from '../testing/clocks.ts';
import { createAnalyser } from './analyser.ts';
import { createAnalysisWatch } from './watch-analysis.ts';

/** The codes detected of a primary that answers and has these replicas. */
async function detectedOf(
  replicas: readonly Invented[],
  primary: Invented = {},
  areMoved = false,
): Promise<readonly string[]> {
  const records = inventFamily(primary, replicas);
  const clock = createStillClock(0, NOW_MS);
  const fleet = { records: () => records } as unknown as Fleet;
  const detected: string[] = [];
  const watch = createAnalysisWatch({
    analyser: createAnalyser({ fleet, clock }, { ...contextOf().settings, lockedSemiSyncMs: 10_000 }),
    detections: { detect: async ({ code }: { code: string }) => void detected.push(code) },
    explanations: { sayWell: () => undefined, dropGone: () => undefined },
    changelog: { note: async () => undefined },
    servers: { noteStaleCoordinates: async () => undefined },
    stale: [],
    clock,
    suspectedSinceMs: () => null,
    isBeingRecovered: () => false,
    recordOf: (key: Parameters<typeof formatKey>[0]) =>
      records.find((record) => formatKey(record.key) === formatKey(key)) ?? null,
    recordsOfCluster: () => records,
    isBeingMoved: (key: Parameters<typeof formatKey>[0]) => areMoved && key.port !== records[0]?.key.port,
    newUid: () => 'uid',
    onSeen: () => undefined,
    onStanding: () => undefined,
  } as unknown as Parameters<typeof createAnalysisWatch>[0]);
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
