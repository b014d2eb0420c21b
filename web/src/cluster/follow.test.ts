import { describe, expect, test } from 'vitest';
import type { RecoveryJson } from '../api/types.ts';
import { instanceJson } from '../model/instance.fixture.ts';
import { leaverToFollow, recoveriesOf, relicKeys, successorToFollow } from './follow.ts';

const key = (port: number) => ({ Hostname: '127.0.0.1', Port: port });
const lost = { IsLastCheckValid: false, IsDowntimed: true, DowntimeReason: 'lost-in-recovery' };
const primary = instanceJson({ port: 1, source: null });
const replicas = [2, 3, 4].map((port) => instanceJson({ port, source: 1 }));

const recovery = (Id: number, failed: number, successor: number | null): RecoveryJson =>
  ({
    Id,
    AnalysisEntry: { AnalyzedInstanceKey: key(failed), ClusterDetails: { ClusterName: `127.0.0.1:${failed}` } },
    SuccessorKey: successor === null ? { Hostname: '', Port: 0 } : key(successor),
  }) as unknown as RecoveryJson;

describe('following a cluster through its failover', () => {
  test('most members left: ask one of them', () => {
    expect(leaverToFollow([primary, ...replicas], [instanceJson({ port: 1, source: null }, lost)])).toEqual(key(2));
  });

  test('one member left, or a forgotten server: stay', () => {
    expect(leaverToFollow([primary, ...replicas], [primary, ...replicas.slice(1)])).toBeNull();
    expect(leaverToFollow([primary, ...replicas], [primary, ...replicas])).toBeNull();
    expect(leaverToFollow([primary, ...replicas], [primary])).toBeNull();
  });

  test('nobody bears the name any more: ask a member that answers', () => {
    const [first, ...others] = replicas;
    if (first === undefined) throw new Error('no replicas');
    expect(
      leaverToFollow([{ ...primary, IsLastCheckValid: false }, { ...first, IsLastCheckValid: false }, ...others], []),
    ).toEqual(key(3));
  });

  test('a bookmark of the old name leads to the successor', () => {
    const dead = [instanceJson({ port: 1, source: null }, lost)];
    expect(successorToFollow(dead, [recovery(8, 1, 3), recovery(7, 1, 2)])).toEqual(key(3));
    expect(successorToFollow(dead, [recovery(8, 1, null)])).toBeNull();
    expect(successorToFollow([primary], [recovery(8, 1, 3)])).toBeNull();
  });

  test('history holds what concerns the members under any name, newest first, each once', () => {
    const all = [recovery(7, 1, 2), recovery(9, 50, 51), recovery(8, 2, 3), recovery(8, 2, 3)];
    const found = recoveriesOf(all, new Set(['127.0.0.1:1']), new Set(['127.0.0.1:3']));
    expect(found.map((entry) => entry.Id)).toEqual([8, 7]);
    expect(relicKeys(found, new Set(['127.0.0.1:2', '127.0.0.1:3']))).toEqual([key(1)]);
  });
});
