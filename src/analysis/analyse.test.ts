import { describe, expect, test } from 'vitest';
import { analyse } from './analyse.ts';
import { contextOf } from './testing/context.ts';
import { HOST, inventFamily, inventServer } from './testing/records.ts';
import { buildViews } from './views.ts';

const dead = { valid: false };
const stopped = { receiver: 'stopped', applier: 'stopped' } as const;
const visible = { includeDowntimed: false, includeNoProblem: false };

describe('which servers are looked at', () => {
  test('one view per server outside of maintenance, primaries first, then the bearer of the name, then by replicas', () => {
    const records = [
      inventServer(21, { source: 1 }),
      inventServer(3, { cluster: `${HOST}:9` }),
      inventServer(2, { cluster: `${HOST}:2` }),
      inventServer(22, { source: 21, depth: 2 }),
      inventServer(5, { inMaintenance: true }),
      inventServer(1),
      inventServer(20, { source: 1 }),
    ];
    expect(buildViews(records, contextOf()).map((view) => view.key.port)).toEqual([1, 2, 3, 21, 20, 22]);
  });

  test('a replica in maintenance still counts for its source', () => {
    const [view] = buildViews(inventFamily({}, [{ inMaintenance: true }]), contextOf());
    expect(view).toMatchObject({ countReplicas: 1, countValidReplicatingReplicas: 1 });
  });

  test('a server known by name only has its replicas counted and an invalid check', () => {
    const [view] = buildViews(inventFamily({ neverRead: true }, [{}, stopped]), contextOf());
    expect(view).toMatchObject({
      isPrimary: true,
      lastCheckValid: false,
      countReplicas: 2,
      countValidReplicatingReplicas: 1,
      replicas: [
        { hostname: HOST, port: 11 },
        { hostname: HOST, port: 12 },
      ],
    });
  });

  test('alias and domain fall back to the cluster name', () => {
    const [view] = buildViews([inventServer(1)], contextOf());
    expect(view).toMatchObject({ clusterAlias: `${HOST}:1`, clusterDomain: `${HOST}:1` });
    expect(buildViews([inventServer(1, { alias: 'shop' })], contextOf())[0]?.clusterAlias).toBe('shop');
  });

  test('an ended downtime is none', () => {
    const records = inventFamily({ downtimed: true }, [{ downtimed: true }]);
    const [during] = buildViews(records, contextOf());
    const [after] = buildViews(records, contextOf({}, { nowMs: contextOf().nowMs + 60_000 }));
    expect(during).toMatchObject({ isDowntimed: true, countDowntimedReplicas: 1 });
    expect(after).toMatchObject({ isDowntimed: false, countDowntimedReplicas: 0, downtimeEndAtMs: null });
  });
});

describe('which verdicts are told', () => {
  const codes = (...args: Parameters<typeof analyse>) => analyse(...args).map((entry) => entry.code);

  test('a cluster by its exact name', () => {
    const records = [inventServer(1, dead), inventServer(2, { ...dead, cluster: `${HOST}:2` })];
    expect(codes(records, contextOf())).toHaveLength(2);
    expect(codes(records, contextOf({}, { clusterName: `${HOST}:2` }))).toHaveLength(1);
    expect(codes(records, contextOf({}, { clusterName: HOST }))).toEqual([]);
  });

  test('NoProblem only when asked for, or with a structure warning', () => {
    expect(codes(inventFamily({}, [{}]), contextOf({}, visible))).toEqual([]);
    expect(codes(inventFamily({ readOnly: true }, [{}]), contextOf({}, visible))).toEqual(['NoProblem']);
    expect(codes(inventFamily({}, [{}]), contextOf())).toEqual(['NoProblem', 'NoProblem']);
  });

  test('the reduction leaves out what cannot have a problem, even a read-only primary without replicas', () => {
    const reduced = contextOf({ reduceReplicationAnalysisCount: true });
    expect(codes([inventServer(1, { readOnly: true })], reduced)).toEqual([]);
    expect(codes(inventFamily({ readOnly: true }, [{}]), reduced)).toEqual(['NoProblem']);
    expect(codes([inventServer(1, dead)], reduced)).toEqual(['DeadMasterWithoutReplicas']);
    expect(codes([inventServer(1, { source: 9, receiver: 'other', errorNumber: 2003 })], reduced)).toEqual([
      'FirstTierReplicaFailingToConnectToMaster',
    ]);
  });

  test('RecoveryIgnoreHostnameFilters on the host name or host:port; a broken expression matches nothing', () => {
    const records = [inventServer(1, { ...dead, hostname: 'db7.shop' })];
    expect(codes(records, contextOf({ recoveryIgnoreHostnameFilters: ['^db7'] }))).toEqual([]);
    expect(codes(records, contextOf({ recoveryIgnoreHostnameFilters: ['shop:1$'] }))).toEqual([]);
    expect(codes(records, contextOf({ recoveryIgnoreHostnameFilters: ['shop$'] }))).toEqual([]);
    expect(codes(records, contextOf({ recoveryIgnoreHostnameFilters: ['(', '^db8'] }))).toHaveLength(1);
  });

  test('what is downtimed is hidden unless asked for', () => {
    const records = inventFamily({ ...dead, downtimed: true }, [stopped]);
    expect(codes(records, contextOf({}, { ...visible }))).toEqual([]);
    expect(analyse(records, contextOf({}, { ...visible, includeDowntimed: true }))[0]).toMatchObject({
      code: 'DeadMaster',
      isReplicasDowntimed: false,
      isSkippableDueToDowntime: true,
    });
  });

  test('so is trouble of downtimed replicas, where the table says so, and only when all of them are', () => {
    const resting = { ...stopped, downtimed: true };
    expect(codes(inventFamily({}, [resting, resting]), contextOf({}, visible))).toEqual([]);
    expect(codes(inventFamily({}, [resting, stopped]), contextOf({}, visible))).toEqual([
      'AllMasterReplicasNotReplicating',
    ]);
    expect(analyse(inventFamily({}, [resting, resting]), contextOf({}, { includeNoProblem: false }))[0]).toMatchObject({
      isReplicasDowntimed: true,
      isSkippableDueToDowntime: true,
    });
    expect(codes(inventFamily(dead, [resting, resting]), contextOf({}, visible))).toEqual(['DeadMaster']);
  });

  test('whether recovery is automated comes from the filters, by name and by alias', () => {
    const records = inventFamily({ ...dead, alias: 'shop' }, [stopped]);
    const of = (primary: readonly string[], intermediate: readonly string[]) =>
      analyse(
        records,
        contextOf({ recoverPrimaryClusterFilters: primary, recoverIntermediateClusterFilters: intermediate }),
      )[0];
    expect(of(['alias=shop'], [])).toMatchObject({
      hasAutomatedPrimaryRecovery: true,
      hasAutomatedIntermediateRecovery: false,
    });
    expect(of([], [`${HOST}:1`])).toMatchObject({
      hasAutomatedPrimaryRecovery: false,
      hasAutomatedIntermediateRecovery: true,
    });
  });
});
