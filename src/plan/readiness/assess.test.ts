import { describe, expect, it } from 'vitest';
import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { uuidOf } from '../../model/testing/instances.ts';
import { type InventedCluster, NOW_MS, readinessInput, readinessOf } from '../testing/readiness-scene.ts';
import { assessReadiness } from './assess.ts';
import type { Readiness } from './readiness.ts';

const nameOf = (key: Readiness['successor']): string | null => (key === null ? null : formatKey(key));
const blocking = ({ blockers }: Readiness): string[] => blockers.map(({ rule }) => rule);
const warning = ({ warnings }: Readiness): string[] => warnings.map(({ rule }) => rule);
const SEMI_SYNC = { available: true, replicaEnabled: true };
const withDowntime = (record: ServerRecord): ServerRecord => ({
  ...record,
  intent: { ...record.intent, downtime: { owner: 'o', reason: 'r', beginAtMs: 0, endAtMs: NOW_MS * 2 } },
});

describe.each(['9.7', '5.6', 'mariadb'] as const)('a healthy cluster of %s', (flavour) => {
  it('is ready: who, why, how long, and that nothing is known to be lost', () => {
    const readiness = readinessOf({ flavour });
    expect(readiness).toMatchObject({ verdict: 'ready', blockers: [], warnings: [], alternatives: [] });
    expect(nameOf(readiness.primary)).toBe('p:3306');
    expect(nameOf(readiness.successor)).toBe('a:3306');
    expect(readiness.reasons[0]).toBe('a:3306 is the most advanced replica');
    expect(readiness.candidates.map(({ name, rank }) => [name, rank])).toEqual([
      ['a:3306', 1],
      ['b:3306', 2],
    ]);
    expect(readiness.estimate?.parts.map(({ what }) => what)).toEqual(['detect', 'drain', 'promote']);
    expect(readiness.estimate?.totalMs).toBeGreaterThan(50);
    expect(readiness.estimate?.totalMs).toBeLessThan(1_000);
    expect(readiness.loss).toMatchObject({ kind: 'nothing-known', transactions: 0 });
    expect(readiness.sentence).toMatch(/^a:3306 would replace p:3306 in about \d+ ms\.$/);
  });
});

describe('what people decided blocks, but not an order by hand', () => {
  it.each<[string, InventedCluster]>([
    ['downtimed', { switches: { isDowntimed: true } }],
    ['in-maintenance', { switches: { inMaintenance: true } }],
    ['planned-operation', { switches: { inPlannedOperation: true } }],
    ['globally-disabled', { switches: { isGloballyDisabled: true } }],
    ['not-automated', { switches: { hasAutomatedRecovery: false } }],
    ['blocked', { switches: { isBlocked: true } }],
    ['blocked', { input: { recentRecovery: 'The recovery of q:3306 blocks another one.' } }],
  ])('%s', (rule, said) => {
    const readiness = readinessOf(said);
    expect(readiness.verdict).toBe('blocked');
    expect(readiness.blockers).toMatchObject([{ rule, blocks: 'automatic' }]);
    expect(readiness.blockers[0]?.remedy).not.toBe('');
    expect(nameOf(readiness.successor)).toBe('a:3306');
    expect(readiness.sentence).toContain('Ordered by hand, a:3306 would take over.');
  });

  it('all of them are told at once', () => {
    const said = { isDowntimed: true, isGloballyDisabled: true, hasAutomatedRecovery: false };
    expect(blocking(readinessOf({ switches: said }))).toEqual(['downtimed', 'globally-disabled', 'not-automated']);
  });
});

describe('blockers, each with a near miss', () => {
  it.each<[string, string, 'all' | 'automatic', InventedCluster, InventedCluster]>([
    ['no replica', 'no-replica', 'all', { replicas: {} }, { replicas: { a: {} } }],
    [
      'no replica that answers',
      'no-replica',
      'all',
      { replicas: { a: { isAbsent: true } } },
      { replicas: { a: { isAbsent: true }, b: {} } },
    ],
    [
      'no log_bin',
      'no-candidate',
      'all',
      { replicas: { a: { changes: { binlogEnabled: false } } } },
      { replicas: { a: { changes: { binlogEnabled: false } }, b: {} } },
    ],
    [
      'no log_replica_updates',
      'no-candidate',
      'all',
      { replicas: { a: { changes: { logsReplicaUpdates: false } } } },
      { replicas: { a: {}, b: { changes: { logsReplicaUpdates: false } } } },
    ],
    [
      'everybody must not',
      'no-candidate',
      'all',
      { replicas: { a: { rule: 'must_not' }, b: { rule: 'must_not' } } },
      { replicas: { a: { rule: 'must_not' }, b: { rule: 'prefer_not' } } },
    ],
    [
      'all replicas in another data centre, and PreventCrossDataCenterMasterFailover',
      'no-candidate',
      'all',
      { replicas: { a: { dataCenter: 'far' } }, failover: { preventCrossDataCenter: true } },
      { replicas: { a: { dataCenter: 'far' } } },
    ],
    [
      'all replicas in another region, and PreventCrossRegionMasterFailover',
      'no-candidate',
      'all',
      { replicas: { a: { region: 'far' } }, failover: { preventCrossRegion: true } },
      { replicas: { a: { region: 'far' }, b: {} }, failover: { preventCrossRegion: true } },
    ],
    [
      'all replicas lag beyond FailMasterPromotionOnLagMinutes',
      'no-candidate',
      'all',
      { replicas: { a: { lagSeconds: 60 } }, failover: { failPromotionOnLagMinutes: 1 } },
      { replicas: { a: { lagSeconds: 59 } }, failover: { failPromotionOnLagMinutes: 1 } },
    ],
    [
      'PromotionIgnoreHostnameFilters name all',
      'no-candidate',
      'all',
      { failover: { isPromotionIgnored: () => true } },
      { failover: { isPromotionIgnored: ({ hostname }) => hostname === 'a' } },
    ],
    [
      'replicas that went apart',
      'diverged',
      'all',
      { flavour: 'mariadb', replicas: { a: { hasOwn: true }, b: { received: 11 } }, written: 11 },
      { flavour: 'mariadb', replicas: { a: {}, b: { received: 11 } }, written: 11 },
    ],
    [
      'a failure that nobody analyses',
      'ignored',
      'all',
      { analysis: { recoveryIgnoreHostnameFilters: ['^p'] } },
      { analysis: { recoveryIgnoreHostnameFilters: ['^q'] } },
    ],
    [
      'every receiver stopped by a person',
      'replicas-stopped-by-operator',
      'automatic',
      { replicas: { a: { receiver: 'stopped' }, b: { receiver: 'stopped' } } },
      { replicas: { a: { receiver: 'stopped' }, b: {} } },
    ],
    [
      'every witness downtimed',
      'no-eligible-testimony',
      'automatic',
      { change: (record, name) => (name === 'p' ? record : withDowntime(record)) },
      { change: (record, name) => (name === 'a' ? withDowntime(record) : record) },
    ],
    [
      'FailMasterPromotionIfSQLThreadNotUpToDate, and an applier that does not run',
      'applier-not-up-to-date',
      'all',
      { replicas: { a: { executed: 5, applier: 'stopped' } }, failover: { failIfApplierNotUpToDate: true } },
      { replicas: { a: { executed: 9 } }, failover: { failIfApplierNotUpToDate: true } },
    ],
    [
      'a silent replica that acknowledged',
      'hidden-acknowledgements',
      'all',
      {
        semiSync: {
          available: true,
          sourceEnabled: true,
          sourceActive: true,
          waitForReplicaCount: 1,
          connectedReplicas: 1,
          waitingCommits: 0,
        },
        replicas: { a: {}, b: { isAbsent: true, changes: { semiSync: semiSyncReplica() } } },
      },
      {
        semiSync: {
          available: true,
          sourceEnabled: true,
          sourceActive: true,
          waitForReplicaCount: 1,
          connectedReplicas: 2,
          waitingCommits: 0,
        },
        replicas: { a: { changes: { semiSync: semiSyncReplica() } }, b: { changes: { semiSync: semiSyncReplica() } } },
      },
    ],
    [
      'what only a delayed replica has received',
      'delayed-donor',
      'all',
      {
        flavour: 'mariadb',
        replicas: { a: { received: 8, receiver: 'connecting' }, b: { executed: 4, delaySeconds: 60 } },
      },
      { flavour: 'mariadb', replicas: { a: {}, b: { executed: 4, delaySeconds: 60 } } },
    ],
    [
      'a backend that is away',
      'backend-away',
      'all',
      { input: { nodeTrouble: { rule: 'backend-away', sentence: 'It is away.', remedy: 'bring it back' } } },
      {},
    ],
  ])('%s', (_case, rule, blocks, said, nearMiss) => {
    const readiness = readinessOf(said);
    expect(readiness.blockers.map((one) => [one.rule, one.blocks])).toContainEqual([rule, blocks]);
    expect(readiness.verdict).toBe('blocked');
    const other = readinessOf(nearMiss);
    expect(blocking(other)).toEqual([]);
    expect(other.successor).not.toBeNull();
  });

  it('a cluster whose primary was never read has no answer, and says so', () => {
    const readiness = readinessOf({
      change: (record, name) => (name === 'p' ? { ...record, instance: null } : record),
    });
    expect(blocking(readiness)).toEqual(['no-primary']);
    expect(readiness.successor).toBeNull();
  });

  it('a GTID set that cannot be read is a blocker, no exception', () => {
    const readiness = readinessOf({ replicas: { a: { changes: { executedGtid: 'nonsense' } }, b: {} } });
    expect(blocking(readiness)).toEqual(['unreadable']);
  });
});

function semiSyncReplica() {
  return {
    available: true,
    sourceEnabled: false,
    replicaEnabled: true,
    sourceActive: false,
    replicaActive: true,
    sourceTimeoutMs: 10_000,
    waitForReplicaCount: 1,
    connectedReplicas: 0,
    waitingCommits: 0,
    sourceWordsNew: true,
    replicaWordsNew: true,
  };
}

describe('warnings, each with a near miss', () => {
  const waiting = {
    available: true,
    sourceEnabled: true,
    sourceActive: true,
    waitForReplicaCount: 2,
    connectedReplicas: 2,
    waitingCommits: 0,
  };
  it.each<[string, string, InventedCluster, InventedCluster]>([
    ['a replica that does not answer', 'no-answer', { replicas: { a: {}, b: { isAbsent: true } } }, {}],
    ['a stopped receiver', 'receiver-stopped', { replicas: { a: {}, b: { receiver: 'stopped' } } }, {}],
    ['a stopped applier', 'applier-stopped', { replicas: { a: {}, b: { applier: 'broken' } } }, {}],
    [
      'too few acknowledge',
      'semi-sync-short',
      { semiSync: { ...waiting, connectedReplicas: 1 } },
      { semiSync: waiting },
    ],
    [
      'semi-sync has fallen back',
      'semi-sync-short',
      { semiSync: { ...waiting, sourceActive: false } },
      { semiSync: waiting },
    ],
    [
      'relay_log_recovery of one that acknowledges',
      'relay-log-recovery',
      {
        semiSync: waiting,
        replicas: { a: { changes: { semiSync: semiSyncReplica(), relayLogRecovery: true } }, b: {} },
      },
      { replicas: { a: { changes: { semiSync: semiSyncReplica(), relayLogRecovery: true } }, b: {} } },
    ],
    [
      'errant transactions',
      'errant-gtid',
      {
        change: (record, name) =>
          name === 'b' ? { ...record, position: { ...record.position, errantGtid: `${uuidOf(3)}:1` } } : record,
      },
      {},
    ],
    [
      'only a reluctant one',
      'prefer-not',
      { replicas: { a: { rule: 'prefer_not' } } },
      { replicas: { a: { rule: 'prefer_not' }, b: {} } },
    ],
    [
      'a preferred one that cannot be',
      'preferred-left-out',
      { replicas: { a: {}, b: { rule: 'prefer', changes: { binlogEnabled: false } } } },
      { replicas: { a: {}, b: { rule: 'prefer' } } },
    ],
    [
      'a drain longer than PromotionDrainTimeoutSeconds',
      'slow-drain',
      { replicas: { a: { executed: 4, lagSeconds: 90 } } },
      { replicas: { a: { executed: 4, lagSeconds: 60 } } },
    ],
    [
      'a promotion that is not applied',
      'promotion-not-applied',
      { failover: { applyPromotion: false } },
      { failover: { applyPromotion: true } },
    ],
    [
      'what a sibling lacks is purged',
      'purged',
      { replicas: { a: { changes: { purgedGtid: `${uuidOf(1)}:1-9` } }, b: { received: 8, receiver: 'connecting' } } },
      { replicas: { a: { changes: { purgedGtid: `${uuidOf(1)}:1-8` } }, b: { received: 8, receiver: 'connecting' } } },
    ],
  ])('%s', (_case, rule, said, nearMiss) => {
    const readiness = readinessOf(said);
    expect(warning(readiness)).toContain(rule);
    expect(readiness.verdict).toBe('degraded');
    expect(warning(readinessOf(nearMiss))).not.toContain(rule);
  });

  it('a primary that is silent already is said so, and the answer is given all the same', () => {
    const silent = (record: ServerRecord): ServerRecord => ({
      ...record,
      check: { ...record.check, failure: 'refused' },
    });
    const readiness = readinessOf({ change: (record, name) => (name === 'p' ? silent(record) : record) });
    expect(warning(readiness)).toEqual(['primary-silent']);
    expect(nameOf(readiness.successor)).toBe('a:3306');
  });
});

describe('candidates', () => {
  it('are all listed, with the rule that leaves each out', () => {
    const { candidates } = readinessOf({
      replicas: {
        a: { rule: 'must_not' },
        b: { isAbsent: true },
        c: { rule: 'prefer' },
        d: { changes: { binlogEnabled: false } },
        e: { source: 'c:3306' },
        f: {},
      },
    });
    expect(candidates.map(({ name, rank, rule }) => [name, rank ?? rule])).toEqual([
      ['c:3306', 1],
      ['f:3306', 2],
      ['a:3306', 'must-not'],
      ['b:3306', 'no-answer'],
      ['d:3306', 'no-binlog'],
      ['e:3306', 'not-direct'],
    ]);
  });

  it('beyond the third are not put in order', () => {
    const { candidates } = readinessOf({ replicas: { a: {}, b: {}, c: {}, d: {} } });
    expect(candidates.map(({ rank, rule }) => rank ?? rule)).toEqual([1, 2, 3, 'further-back']);
  });
});

describe('readings of different moments', () => {
  const seen = (ages: Readonly<Record<string, number>>) => (record: ServerRecord, name: string) => ({
    ...record,
    check: { ...record.check, lastSeenAtMs: NOW_MS - (ages[name] ?? 0), lastCheckedAtMs: NOW_MS - (ages[name] ?? 0) },
  });

  it('while the primary writes the one read last only seems to be ahead: both are told', () => {
    const readiness = readinessOf({
      replicas: { a: { received: 50 }, b: { received: 90 } },
      written: 40,
      change: seen({ p: 4_000, a: 3_000, b: 1_000 }),
    });
    expect(nameOf(readiness.successor)).toBe('a:3306');
    expect(readiness.alternatives.map(formatKey)).toEqual(['b:3306']);
  });

  it('one that lacks what was there well before it was read is behind indeed', () => {
    const readiness = readinessOf({
      replicas: { a: { received: 50 }, b: { received: 90 } },
      written: 90,
      change: seen({ p: 4_000, a: 1_000, b: 3_000 }),
    });
    expect(nameOf(readiness.successor)).toBe('b:3306');
    expect(readiness.alternatives).toEqual([]);
  });

  it('polled one right after the other, it is known by the readings before', () => {
    const said: InventedCluster = {
      replicas: { a: { received: 50 }, b: { received: 90 } },
      written: 90,
      change: seen({ p: 30, a: 10, b: 20 }),
    };
    const earlier = readinessInput({ ...said, change: seen({ p: 5_030, a: 5_010, b: 5_020 }) }).records;
    expect(nameOf(readinessOf(said).successor)).toBe('a:3306');
    expect(nameOf(readinessOf({ ...said, earlier }).successor)).toBe('b:3306');
  });

  it('one whose receiver does not run gets nothing any more', () => {
    const readiness = readinessOf({
      replicas: { a: { received: 50, receiver: 'connecting' }, b: { received: 90 } },
      written: 40,
      change: seen({ p: 4_000, a: 3_000, b: 1_000 }),
    });
    expect(nameOf(readiness.successor)).toBe('b:3306');
  });

  it('an errant transaction of one is not taken for something that others are about to receive', () => {
    const input = readinessInput({
      replicas: { a: { received: 50, hasOwn: true }, b: { received: 90 } },
      written: 40,
      change: (record, name) => {
        const dated = seen({ p: 4_000, a: 3_000, b: 1_000 })(record, name);
        return name === 'a' ? { ...dated, position: { ...dated.position, errantGtid: `${uuidOf(2)}:1` } } : dated;
      },
    });
    const readiness = assessReadiness(input);
    expect(blocking(readiness)).toEqual([]);
    expect(warning(readiness)).toContain('errant-gtid');
  });
});

describe('what would be lost', () => {
  it('is what nobody has received, counted', () => {
    const { loss } = readinessOf({ written: 25 });
    expect(loss).toMatchObject({ kind: 'some', transactions: 15 });
    expect(loss.sentence).toContain('15 transactions');
    expect(readinessOf({ flavour: 'mariadb', written: 25 }).loss).toMatchObject({ kind: 'some', transactions: 15 });
  });

  it('of a primary that has written nothing yet is nothing, also where it has no position at all', () => {
    const said = { primary: { executedGtid: '' }, replicas: { a: { received: 0 } } };
    expect(readinessOf({ ...said, flavour: 'mariadb' }).loss).toMatchObject({ kind: 'nothing-known', transactions: 0 });
    expect(readinessOf(said).loss).toMatchObject({ kind: 'nothing-known', transactions: 0 });
  });

  it('is nothing acknowledged while the primary waits for enough replicas', () => {
    const semiSync = {
      ...SEMI_SYNC,
      sourceEnabled: true,
      sourceActive: true,
      waitForReplicaCount: 1,
      connectedReplicas: 1,
      waitingCommits: 0,
    };
    const replicas = { a: { changes: { semiSync: semiSyncReplica() } }, b: {} };
    expect(readinessOf({ written: 25, semiSync, replicas }).loss.kind).toBe('nothing-acknowledged');
    expect(readinessOf({ written: 25, semiSync: { ...semiSync, connectedReplicas: 0 }, replicas }).loss.kind).toBe(
      'some',
    );
  });
});

describe('how long it would take', () => {
  it('rests on the measured speed of the applier, where there is one', () => {
    const replicas = { a: { received: 1_000, executed: 400, lagSeconds: 3 } };
    const drain = (said: InventedCluster) => readinessOf(said).estimate?.parts.find(({ what }) => what === 'drain');
    expect(drain({ replicas, written: 1_000 })?.ms).toBe(3_000);
    const applyRates = new Map([['a:3306', 300]]);
    expect(drain({ replicas, written: 1_000, input: { applyRates } })).toMatchObject({ ms: 2_000 });
  });

  it('is not told where nobody knows: the applier does not run', () => {
    const readiness = readinessOf({ replicas: { a: { executed: 4, applier: 'stopped' } } });
    expect(readiness.estimate?.totalMs).toBeNull();
    expect(readiness.sentence).toContain('cannot be told');
  });

  it('a preferred one that is behind catches up first, and that is a part of its own', () => {
    const { estimate, reasons } = readinessOf({
      replicas: { a: { received: 10 }, b: { received: 4, rule: 'prefer', receiver: 'connecting' } },
      input: { applyRates: new Map([['b:3306', 60]]) },
    });
    expect(reasons.join()).toContain('catches up');
    expect(estimate?.parts.find(({ what }) => what === 'catch-up')?.ms).toBe(100);
  });
});
