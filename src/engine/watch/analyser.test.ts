import { describe, expect, test } from 'vitest';
import { contextOf } from '../../analysis/testing/context.ts';
import { inventFamily, NOW_MS } from '../../analysis/testing/records.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { createStillClock } from '../testing/clocks.ts';
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
  const [primary, ...replicas] = inventFamily({ semiSync }, [{}, {}]);
  if (primary?.instance == null) throw new Error('no primary');
  const key = primary.key;
  let current: ServerRecord = primary;
  const clock = createStillClock(50_000, NOW_MS - 50_000);
  const fleet = { records: () => [current, ...replicas] } as unknown as Fleet;
  const analyser = createAnalyser({ fleet, clock }, { ...contextOf().settings, lockedSemiSyncMs: LOCKED_MS });
  return {
    key,
    analyser,
    own: primary.instance.ownCoordinates,
    code: () => analyser.analyse({}).find(({ view }) => view.key.port === key.port)?.code ?? 'NoProblem',
    pass: clock.pass,
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

  test('stands still, too, while it does not tell where its log ends, as MariaDB while commits wait', () => {
    const { code, pass, change, own } = scene(SHORT);
    expect(code()).toBe('LockedSemiSyncMasterHypothesis');
    pass(LOCKED_MS / 2);
    change({ ownCoordinates: null });
    expect(code()).toBe('LockedSemiSyncMasterHypothesis');
    pass(LOCKED_MS / 2);
    expect(code()).toBe('LockedSemiSyncMaster');
    change({ ownCoordinates: own });
    expect(code()).toBe('LockedSemiSyncMaster');

    const silent = scene(SHORT);
    silent.change({ ownCoordinates: null });
    expect(silent.code()).toBe('LockedSemiSyncMasterHypothesis');
    silent.pass(LOCKED_MS);
    expect(silent.code()).toBe('LockedSemiSyncMaster');
    silent.change({ ownCoordinates: own });
    expect(silent.code()).toBe('LockedSemiSyncMasterHypothesis');
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
