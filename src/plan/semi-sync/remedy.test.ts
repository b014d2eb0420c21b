import { describe, expect, it } from 'vitest';
import type { SemiSyncStatus } from '../../model/instance.ts';
import { parseKey } from '../../model/instance-key.ts';
import type { PromotionRule, ServerRecord } from '../../model/server-record.ts';
import { instanceOf, NO_CLASSIFICATION, recordOf, replicationOf } from '../../model/testing/instances.ts';
import { planSemiSyncRemedy, type SemiSyncMode, shallAcknowledge } from './remedy.ts';

const PRIMARY = 'p:3306';
const FRESHNESS = { instancePollSeconds: 5, reasonableInstanceCheckSeconds: 1 };
const PLAIN: SemiSyncStatus = { ...instanceOf('x:1').semiSync, available: true };

interface Said {
  readonly priority?: number;
  /** Set to acknowledge, and connected so. */
  readonly on?: boolean;
  readonly rule?: PromotionRule;
  readonly semiSync?: Partial<SemiSyncStatus>;
  readonly isStopped?: boolean;
  readonly isSilent?: boolean;
}

function replica(name: string, said: Said): ServerRecord {
  const { priority = 1, on = false, isStopped = false } = said;
  const stopped = { state: 'stopped', errorNumber: 0, errorText: '' } as const;
  const instance = instanceOf(`${name}:3306`, {
    classification: { ...NO_CLASSIFICATION, semiSyncPriority: priority },
    semiSync: { ...PLAIN, replicaEnabled: on, replicaActive: on, ...said.semiSync },
    replication: replicationOf(PRIMARY, isStopped ? { receiver: stopped } : {}),
  });
  const record = recordOf(instance, said.isSilent === true ? { check: { lastSeenAtMs: -1 } } : {});
  return { ...record, intent: { ...record.intent, promotionRule: said.rule ?? 'neutral' } };
}

/** What is done, as `+a` (acknowledges), `-a` (no more), `~a` (connects anew), `s-a` (waits for nobody itself). */
function remedy(mode: SemiSyncMode, clients: number, waitFor: number, replicas: Readonly<Record<string, Said>>) {
  const semiSync = { ...PLAIN, sourceEnabled: true, sourceActive: true, waitForReplicaCount: waitFor };
  const primary = recordOf(instanceOf(PRIMARY, { semiSync: { ...semiSync, connectedReplicas: clients } }));
  const records = [primary, ...Object.entries(replicas).map(([name, said]) => replica(name, said))];
  const { requests, reasons } = planSemiSyncRemedy(primary, records, mode, FRESHNESS);
  const words: Readonly<Record<string, string>> = {
    'enable-semi-sync-replica': '+',
    'disable-semi-sync-replica': '-',
    'restart-replica': '~',
    'disable-semi-sync-master': 's-',
  };
  return { done: requests.map(({ kind, instance }) => `${words[kind]}${instance.hostname}`).join(' '), reasons };
}

describe('a primary that waits for more acknowledgements than it has', () => {
  it('gets as many as it lacks, by priority, then promotion rule, then name', () => {
    const replicas = { d: {}, c: {}, b: { rule: 'prefer' as const }, a: { priority: 0 }, e: { priority: 5 } };
    expect(remedy('enough', 0, 1, replicas).done).toBe('+e');
    expect(remedy('enough', 0, 3, replicas).done).toBe('+e +b +c');
    expect(remedy('enough', 1, 3, { ...replicas, e: { priority: 5, on: true } }).done).toBe('+b +c');
  });

  it('never uses one that is stopped, silent, or has no plugins, and says so', () => {
    const told = remedy('enough', 0, 1, {
      a: { isStopped: true },
      b: { isSilent: true },
      c: { semiSync: { available: false } },
    });
    expect(told.done).toBe('');
    expect(told.reasons.slice(0, 3)).toEqual([
      'a:3306 does not replicate',
      'b:3306 does not answer',
      'c:3306 has no semi-synchronous replication',
    ]);
  });

  it('says that no replica may acknowledge when none has a priority', () => {
    expect(remedy('enough', 0, 1, { a: { priority: 0 } })).toEqual({
      done: '',
      reasons: [expect.stringMatching(/DetectSemiSyncEnforcedQuery/)],
    });
  });

  it('makes one connect anew that is set to acknowledge and does not', () => {
    expect(remedy('enough', 0, 1, { a: { on: true, semiSync: { replicaActive: false } }, b: {} }).done).toBe('~a');
  });

  it('switches off the waiting of replicas, which would lock themselves once promoted', () => {
    expect(remedy('enough', 0, 1, { a: { semiSync: { sourceEnabled: true } } }).done).toBe('s-a +a');
  });
});

describe('exactly as many as the primary waits for', () => {
  it('acknowledge, the first by order; all others do not', () => {
    const replicas = {
      a: { on: true },
      b: { priority: 3 },
      c: { priority: 2, on: true },
      d: { priority: 0, on: true },
    };
    expect(remedy('exact', 3, 1, replicas).done).toBe('+b -c -a -d');
    expect(remedy('exact', 3, 2, replicas).done).toBe('+b -a -d');
  });

  it('need nothing when it is so', () => {
    expect(remedy('exact', 1, 1, { a: { on: true }, b: { priority: 0 } }).done).toBe('');
  });

  it('are never made fewer than it waits for, even where none has a priority', () => {
    const two = { a: { priority: 0, on: true }, b: { priority: 0, on: true } };
    expect(remedy('exact', 2, 1, two).done).toBe('-b');
  });
});

it('knows replicas by their source', () => {
  const primary = recordOf(
    instanceOf(PRIMARY, { key: parseKey(PRIMARY, 3306), semiSync: { ...PLAIN, waitForReplicaCount: 1 } }),
  );
  expect(planSemiSyncRemedy(primary, [primary], 'enough', FRESHNESS).requests).toEqual([]);
});

describe('a replica that is being started', () => {
  const shall = (mode: SemiSyncMode, waitFor: number, own: Said, siblings: Readonly<Record<string, Said>>) => {
    const semiSync = { ...PLAIN, sourceEnabled: true, waitForReplicaCount: waitFor };
    const primary = recordOf(instanceOf(PRIMARY, { semiSync }));
    const started = replica('x', { isStopped: true, ...own });
    const records = [primary, started, ...Object.entries(siblings).map(([name, said]) => replica(name, said))];
    return shallAcknowledge(started, primary, records, mode, FRESHNESS);
  };

  it('enough: acknowledges while too few do, else stays as it is', () => {
    expect(shall('enough', 1, {}, { a: {} })).toBe(true);
    expect(shall('enough', 1, {}, { a: { on: true } })).toBeNull();
  });

  it('exact: acknowledges when it is one of the first, is switched off when it is not, unless others are too few', () => {
    expect(shall('exact', 1, { priority: 2 }, { a: { on: true } })).toBe(true);
    expect(shall('exact', 1, {}, { a: { on: true } })).toBe(false);
    expect(shall('exact', 1, {}, { a: {} })).toBeNull();
  });
});
