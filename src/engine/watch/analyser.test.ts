import { describe, expect, test } from 'vitest';
import { contextOf } from '../../analysis/testing/context.ts';
import { inventFamily, NOW_MS } from '../../analysis/testing/records.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock } from '../ports.ts';
import { createAnalyser } from './analyser.ts';

const LOCKED_MS = 10_000;
const SHORT = {
  available: true,
  sourceEnabled: true,
  sourceActive: true,
  waitForReplicaCount: 1,
  connectedReplicas: 0,
};

function scene(semiSync: object) {
  let nowMs = 0;
  const [primary, ...replicas] = inventFamily({ semiSync }, [{}, {}]);
  if (primary?.instance == null) throw new Error('no primary');
  const key = primary.key;
  let current: ServerRecord = primary;
  const clock = { now: () => NOW_MS + nowMs, monotonicMs: () => 50_000 + nowMs } as Clock;
  const fleet = { records: () => [current, ...replicas] } as unknown as Fleet;
  const analyser = createAnalyser({ fleet, clock }, { ...contextOf().settings, lockedSemiSyncMs: LOCKED_MS });
  return {
    key,
    analyser,
    own: primary.instance.ownCoordinates,
    code: () => analyser.analyse({}).find(({ view }) => view.key.port === key.port)?.code ?? 'NoProblem',
    pass: (ms: number) => (nowMs += ms),
    change: (facts: object) => {
      if (current.instance !== null) current = { ...current, instance: { ...current.instance, ...facts } };
    },
  };
}

describe('a semi-sync primary short of replicas', () => {
  test('is a hypothesis until its coordinates have stood still long enough', () => {
    const { code, pass, change } = scene(SHORT);
    expect(code()).toBe('LockedSemiSyncMasterHypothesis');
    pass(LOCKED_MS - 1);
    expect(code()).toBe('LockedSemiSyncMasterHypothesis');
    pass(1);
    expect(code()).toBe('LockedSemiSyncMaster');
    change({ ownCoordinates: { kind: 'binlog', file: 'bin.000009', position: 9 } });
    expect(code()).toBe('LockedSemiSyncMasterHypothesis');
  });

  test('was idle before it became short: the time counts from then on', () => {
    const { code, pass, change } = scene({ ...SHORT, connectedReplicas: 1 });
    expect(code()).toBe('NoProblem');
    pass(10 * LOCKED_MS);
    expect(code()).toBe('NoProblem');
    change({ semiSync: { ...SHORT, replicaEnabled: false, replicaActive: false } });
    expect(code()).toBe('LockedSemiSyncMasterHypothesis');
  });

  test('what an earlier process noted counts, for the same coordinates only', () => {
    for (const moved of [0, 1]) {
      const { analyser, key, own, code } = scene(SHORT);
      const { file = '', position = 0 } = own ?? {};
      analyser.remember([{ key, file, position: position + moved, firstSeenAtMs: NOW_MS - LOCKED_MS }]);
      expect(code()).toBe(moved === 0 ? 'LockedSemiSyncMaster' : 'LockedSemiSyncMasterHypothesis');
    }
  });
});
