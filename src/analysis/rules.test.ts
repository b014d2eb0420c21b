import { describe, expect, test } from 'vitest';
import { analyse } from './analyse.ts';
import type { AnalysisCode } from './analysis-entry.ts';
import { ANALYSIS_CODES } from './analysis-entry.ts';
import type { AnalysisSettings } from './analysis-settings.ts';
import { isActionableCode, ruleOf } from './rules.ts';
import { contextOf } from './testing/context.ts';
import type { Invented } from './testing/records.ts';
import { HOST, inventFamily } from './testing/records.ts';

interface Row {
  readonly why: string;
  readonly subject: Invented;
  readonly replicas: readonly Invented[];
  readonly settings?: Partial<AnalysisSettings>;
  readonly isStale?: boolean;
  readonly code: AnalysisCode;
}

function codeOf({ subject, replicas, settings = {}, isStale = false }: Row): AnalysisCode | undefined {
  const staleCoordinates = new Set(isStale ? [`${HOST}:1`] : []);
  const entries = analyse(inventFamily(subject, replicas), contextOf(settings, { staleCoordinates }));
  return entries.find((entry) => entry.view.key.port === 1)?.code;
}

// What a server may look like, in words.
const dead: Invented = { valid: false };
const half: Invented = { valid: false, partial: true };
const follows: Invented = {};
const stopped: Invented = { receiver: 'stopped', applier: 'stopped' };
const connecting: Invented = { receiver: 'other', errorNumber: 2003 };
const lost: Invented = { valid: false };
const lags: Invented = { lag: 11 };
const middle = (said: Invented = {}): Invented => ({ source: 9, ...said });
const co = (said: Invented = {}): Invented => ({ source: 9, coPrimary: true, ...said });
const locked = (connectedReplicas: number): Invented => ({
  semiSync: { sourceEnabled: true, sourceActive: true, waitForReplicaCount: 1, connectedReplicas },
});
const semi = (said: NonNullable<Invented['semiSync']>): Invented => ({
  semiSync: { sourceEnabled: true, sourceActive: true, waitForReplicaCount: 1, connectedReplicas: 0, ...said },
});
const row = (
  code: AnalysisCode,
  why: string,
  subject: Invented,
  replicas: readonly Invented[],
  more: Pick<Row, 'settings' | 'isStale'> = {},
): Row => ({ code, why, subject, replicas, ...more });
const exact = { settings: { enforceExactSemiSyncReplicas: true } };
const writeable = { settings: { recoverNonWriteablePrimary: true } };
const stale = { isStale: true };

/** Each rule: first the row in which it holds, then rows in which one condition is turned over. */
const ROWS: readonly Row[] = [
  row('DeadMasterWithoutReplicas', 'dead, no replica', dead, []),
  row('NoProblem', '… alive', {}, []),
  row('NoProblem', '… dead, but follows another', middle(dead), []),
  row('DeadMaster', '… dead, has a stopped replica', dead, [stopped]),

  row('DeadMaster', 'dead, all replicas answer, none replicates', dead, [connecting, stopped]),
  row('DeadMaster', 'an attempt hangs beyond poll and check time', { hangingMs: 6001 }, [connecting]),
  row('NoProblem', '… the attempt is within its time', { hangingMs: 6000 }, [follows]),
  row('DeadMaster', 'never read, known by its replicas only', { neverRead: true }, [connecting, connecting]),
  row('DeadMaster', 'applier alone runs', dead, [{ receiver: 'stopped' }]),
  row('DeadMaster', 'receiver alone runs', dead, [{ applier: 'stopped' }]),
  row('MasterSingleReplicaNotReplicating', '… alive', {}, [connecting]),
  row('DeadIntermediateMaster', '… follows another', middle(dead), [connecting, stopped]),
  row('DeadMasterAndSomeReplicas', '… one replica does not answer', dead, [connecting, lost]),
  row('UnreachableMaster', '… one replica replicates', dead, [connecting, follows]),
  row('DeadMaster', 'detached from its source, so a master', { source: { hostname: '//db9', port: 9 }, ...dead }, [
    stopped,
  ]),

  row('DeadMasterAndReplicas', 'dead, and so are its replicas', dead, [lost, lost]),
  row('AllMasterReplicasNotReplicatingOrDead', '… alive, one replica answers', {}, [lost, stopped]),
  row('DeadMasterWithoutReplicas', '… it has none', dead, []),
  row('DeadMasterAndSomeReplicas', '… one replica answers', dead, [lost, stopped]),
  row('DeadIntermediateMasterAndReplicas', '… follows another', middle(dead), [lost, lost]),

  row('DeadMasterAndSomeReplicas', 'dead, one replica answers and does not replicate', dead, [stopped, lost, lost]),
  row('DeadMaster', '… all answer', dead, [stopped, stopped, stopped]),
  row('DeadMasterAndReplicas', '… none answers', dead, [lost, lost, lost]),
  row('UnreachableMaster', '… one replicates', dead, [follows, lost, lost]),
  row('DeadIntermediateMasterAndSomeReplicas', '… follows another', middle(dead), [stopped, lost, lost]),
  row('AllMasterReplicasNotReplicatingOrDead', '… alive', {}, [stopped, lost, lost]),

  row('UnreachableMasterWithLaggingReplicas', 'dead, all replicas lag and replicate', dead, [lags, lags]),
  row('UnreachableMasterWithLaggingReplicas', 'one of them lags on purpose', dead, [lags, { ...lags, delay: 60 }]),
  row('UnreachableMaster', '… all lag on purpose', dead, [
    { ...lags, delay: 60 },
    { ...lags, delay: 60 },
  ]),
  row('UnreachableMaster', '… one does not lag', dead, [lags, follows]),
  row('UnreachableMaster', '… lag exactly reasonable', dead, [{ lag: 10 }]),
  row('UnreachableMaster', '… lag unknown', dead, [{ lag: null }]),
  row('DeadMaster', '… none replicates', dead, [{ ...lags, ...stopped }]),
  row('NoProblem', '… alive', {}, [lags, lags]),
  row('UnreachableIntermediateMasterWithLaggingReplicas', '… follows another', middle(dead), [lags, lags]),

  row('UnreachableMaster', 'dead, a replica replicates', dead, [follows, stopped]),
  row('UnreachableMaster', 'half read, and a replica fails to connect', half, [follows, connecting]),
  row('NoProblem', '… half read, no replica fails to connect', half, [follows, stopped]),
  row('NoProblem', '… half read, the failing replica does not answer', half, [follows, { ...connecting, ...lost }]),
  row('DeadMaster', '… none replicates', dead, [stopped, stopped]),
  row('NoProblem', '… alive', {}, [follows, stopped]),
  row('UnreachableIntermediateMaster', '… follows another', middle(dead), [follows, stopped]),

  row('LockedSemiSyncMaster', 'waits for more replicas than there are, and stands still', locked(0), [follows], stale),
  row('LockedSemiSyncMaster', 'whether it answers or not', { ...locked(0), ...half }, [follows], stale),
  row('NoProblem', '… not enabled', semi({ sourceEnabled: false }), [follows], stale),
  row('NoProblem', '… not active', semi({ sourceActive: false }), [follows], stale),
  row('NoProblem', '… waits for none', semi({ waitForReplicaCount: 0 }), [follows], stale),
  row('NoProblem', '… has enough', locked(1), [follows], stale),
  row('LockedSemiSyncMasterHypothesis', '… moves on', locked(0), [follows]),
  row('NoProblem', '… follows another', middle(locked(0)), [follows], stale),

  row('LockedSemiSyncMasterHypothesis', 'waits for more replicas than there are', locked(0), [follows]),
  row('NoProblem', '… has enough', locked(1), [follows]),
  row('NoProblem', '… not enabled', semi({ sourceEnabled: false }), [follows]),
  row('NoProblem', '… not active', semi({ sourceActive: false }), [follows]),
  row('NoProblem', '… waits for none', semi({ waitForReplicaCount: 0 }), [follows]),
  row('NoProblem', '… follows another', middle(locked(0)), [follows]),

  row('MasterWithTooManySemiSyncReplicas', 'more than it waits for', locked(2), [follows, follows], exact),
  row('NoProblem', '… exactness not asked for', locked(2), [follows, follows]),
  row('NoProblem', '… just enough', locked(1), [follows, follows], exact),
  row('NoProblem', '… not enabled', semi({ sourceEnabled: false, connectedReplicas: 2 }), [follows], exact),
  row('NoProblem', '… not active', semi({ sourceActive: false, connectedReplicas: 2 }), [follows], exact),
  row('NoProblem', '… waits for none', semi({ waitForReplicaCount: 0, connectedReplicas: 2 }), [follows], exact),
  row('NoProblem', '… follows another', middle(locked(2)), [follows], exact),

  row('NoWriteableMasterStructureWarning', 'read only', { readOnly: true }, [follows], writeable),
  row('NoProblem', '… not asked for', { readOnly: true }, [follows]),
  row('NoProblem', '… writeable', { readOnly: false }, [follows], writeable),
  row('MasterSingleReplicaNotReplicating', '… none replicates', { readOnly: true }, [stopped], writeable),
  row('UnreachableMaster', '… dead', { readOnly: true, ...dead }, [follows], writeable),
  row('NoProblem', '… follows another', middle({ readOnly: true }), [follows], writeable),

  row('MasterSingleReplicaNotReplicating', 'its one replica rests', {}, [stopped]),
  row('NoProblem', '… replicates', {}, [follows]),
  row('MasterSingleReplicaDead', '… does not answer', {}, [lost]),
  row('AllMasterReplicasNotReplicating', '… there are two', {}, [stopped, stopped]),
  row('DeadMaster', '… dead', dead, [stopped]),
  row('AllIntermediateMasterReplicasNotReplicating', '… follows another', middle(), [stopped]),

  row('MasterSingleReplicaDead', 'its one replica does not answer', {}, [lost]),
  row('NoProblem', '… two, neither answers (a case the table has never had)', {}, [lost, lost]),
  row('DeadMasterAndReplicas', '… dead', dead, [lost]),
  row('NoProblem', '… follows another', middle(), [lost]),

  row('AllMasterReplicasNotReplicating', 'all answer, none replicates', {}, [stopped, connecting]),
  row('NoProblem', '… one replicates', {}, [stopped, follows]),
  row('AllMasterReplicasNotReplicatingOrDead', '… one does not answer', {}, [stopped, lost]),
  row('DeadMaster', '… dead', dead, [stopped, connecting]),
  row('AllIntermediateMasterReplicasNotReplicating', '… follows another', middle(), [stopped, stopped]),

  row('AllMasterReplicasNotReplicatingOrDead', 'some answer, none replicates', {}, [stopped, lost]),
  row('AllMasterReplicasNotReplicating', '… all answer', {}, [stopped, stopped]),
  row('NoProblem', '… none answers', {}, [lost, lost]),
  row('NoProblem', '… one replicates', {}, [follows, lost]),
  row('DeadMasterAndSomeReplicas', '… dead', dead, [stopped, lost]),
  row('AllIntermediateMasterReplicasNotReplicating', '… follows another', middle(), [stopped, lost]),

  row('DeadCoMaster', 'dead, none of its replicas replicates', co(dead), [stopped]),
  row('DeadCoMaster', 'known as co-master by its partner only', middle(dead), [{ ...stopped, coPrimary: true }]),
  row('DeadIntermediateMasterWithSingleReplica', '… no co-master', middle(dead), [stopped]),
  row('AllCoMasterReplicasNotReplicating', '… alive', co(), [stopped]),
  row('NoProblem', '… no replicas', co(dead), []),
  row('DeadCoMasterAndSomeReplicas', '… one does not answer', co(dead), [stopped, lost]),
  row('UnreachableCoMaster', '… one replicates', co(dead), [stopped, follows]),

  row('DeadCoMasterAndSomeReplicas', 'dead, some answer and none replicates', co(dead), [stopped, lost]),
  row('DeadCoMaster', '… all answer', co(dead), [stopped, stopped]),
  row('DeadIntermediateMasterAndReplicas', '… none answers (historic)', co(dead), [lost, lost]),
  row('UnreachableCoMaster', '… one replicates', co(dead), [follows, lost]),
  row('AllCoMasterReplicasNotReplicating', '… alive', co(), [stopped, lost]),
  row('DeadIntermediateMasterAndSomeReplicas', '… no co-master', middle(dead), [stopped, lost]),

  row('UnreachableCoMaster', 'dead, one replicates', co(dead), [follows, lost]),
  row('NoProblem', '… half read', co(half), [follows, lost]),
  row('NoProblem', '… alive', co(), [follows, lost]),
  row('DeadCoMasterAndSomeReplicas', '… none replicates', co(dead), [stopped, lost]),
  row('UnreachableIntermediateMaster', '… no co-master', middle(dead), [follows, lost]),

  row('AllCoMasterReplicasNotReplicating', 'alive, none replicates', co(), [stopped, lost]),
  row('AllCoMasterReplicasNotReplicating', 'alive, none answers', co(), [lost]),
  row('NoProblem', '… one replicates', co(), [stopped, follows]),
  row('NoProblem', '… no replicas', co(), []),
  row('DeadCoMaster', '… dead', co(dead), [stopped]),
  row('AllIntermediateMasterReplicasNotReplicating', '… no co-master', middle(), [stopped]),

  row('DeadIntermediateMasterWithSingleReplicaFailingToConnect', 'dead, its one replica cannot connect', middle(dead), [
    connecting,
  ]),
  row('DeadIntermediateMasterWithSingleReplicaFailingToConnect', 'told by text only', middle(dead), [
    { receiver: 'stopped', errorText: "error connecting to master 'repl@db1:3306' - retry-time: 60 retries: 1" },
  ]),
  row('DeadIntermediateMasterWithSingleReplicaFailingToConnect', 'told by the newer text', middle(dead), [
    { receiver: 'other', errorText: "Error connecting to source 'repl@db1:3306'. This was attempt 1/10" },
  ]),
  row('DeadIntermediateMasterWithSingleReplica', '… stopped for another reason', middle(dead), [
    { receiver: 'stopped', errorNumber: 13114, errorText: 'Got fatal error 1236 from source when reading data' },
  ]),
  row('DeadIntermediateMasterWithSingleReplica', '… its applier rests too', middle(dead), [
    { ...connecting, applier: 'stopped' },
  ]),
  row('DeadIntermediateMaster', '… there are two', middle(dead), [connecting, connecting]),
  row('DeadIntermediateMasterAndReplicas', '… it does not answer', middle(dead), [{ ...connecting, ...lost }]),
  row('DeadMaster', '… follows nobody', dead, [connecting]),
  row('AllIntermediateMasterReplicasNotReplicating', '… alive', middle(), [connecting]),
  row('UnreachableIntermediateMaster', '… replicates', middle(dead), [follows]),

  row('DeadIntermediateMasterWithSingleReplica', 'dead, its one replica rests', middle(dead), [stopped]),
  row('UnreachableIntermediateMaster', '… replicates', middle(dead), [follows]),
  row('DeadIntermediateMaster', '… there are two', middle(dead), [stopped, stopped]),
  row('DeadIntermediateMasterAndReplicas', '… does not answer', middle(dead), [lost]),
  row('DeadMaster', '… follows nobody', dead, [stopped]),
  row('AllIntermediateMasterReplicasNotReplicating', '… alive', middle(), [stopped]),

  row('DeadIntermediateMaster', 'dead, all answer, none replicates', middle(dead), [stopped, connecting]),
  row('DeadIntermediateMasterWithSingleReplica', '… there is one', middle(dead), [stopped]),
  row('DeadIntermediateMasterAndSomeReplicas', '… one does not answer', middle(dead), [stopped, lost]),
  row('UnreachableIntermediateMaster', '… one replicates', middle(dead), [stopped, follows]),
  row('AllIntermediateMasterReplicasNotReplicating', '… alive', middle(), [stopped, stopped]),
  row('DeadMaster', '… follows nobody', dead, [stopped, connecting]),

  row('DeadIntermediateMasterAndSomeReplicas', 'dead, some answer, none replicates', middle(dead), [stopped, lost]),
  row('DeadIntermediateMaster', '… all answer', middle(dead), [stopped, stopped]),
  row('DeadIntermediateMasterAndReplicas', '… none answers', middle(dead), [lost, lost]),
  row('UnreachableIntermediateMaster', '… one replicates', middle(dead), [follows, lost]),
  row('AllIntermediateMasterReplicasNotReplicating', '… alive', middle(), [stopped, lost]),
  row('DeadMasterAndSomeReplicas', '… follows nobody', dead, [stopped, lost]),

  row('DeadIntermediateMasterAndReplicas', 'dead, none answers', middle(dead), [lost]),
  row('NoProblem', '… has none', middle(dead), []),
  row('DeadIntermediateMasterAndSomeReplicas', '… one answers', middle(dead), [lost, stopped]),
  row('NoProblem', '… alive', middle(), [lost]),
  row('DeadMasterAndReplicas', '… follows nobody', dead, [lost]),

  row('UnreachableIntermediateMasterWithLaggingReplicas', 'dead, all lag', middle(dead), [lags, { ...lags, delay: 9 }]),
  row('UnreachableIntermediateMaster', '… all lag on purpose', middle(dead), [{ ...lags, delay: 9 }]),
  row('UnreachableIntermediateMaster', '… one does not', middle(dead), [lags, follows]),
  row('DeadIntermediateMasterWithSingleReplica', '… does not replicate', middle(dead), [{ ...lags, ...stopped }]),
  row('NoProblem', '… alive', middle(), [lags, lags]),
  row('UnreachableMasterWithLaggingReplicas', '… follows nobody', dead, [lags, lags]),

  row('UnreachableIntermediateMaster', 'dead, one replicates', middle(dead), [follows, lost]),
  row('NoProblem', '… half read', middle(half), [follows, lost]),
  row('NoProblem', '… alive', middle(), [follows, lost]),
  row('DeadIntermediateMasterAndSomeReplicas', '… none replicates', middle(dead), [stopped, lost]),
  row('DeadIntermediateMasterAndReplicas', '… the replicating one does not answer', middle(dead), [lost, lost]),
  row('UnreachableMaster', '… follows nobody', dead, [follows, lost]),

  row('AllIntermediateMasterReplicasFailingToConnectOrDead', 'alive, none can connect', middle(), [
    connecting,
    connecting,
    lost,
  ]),
  row('AllIntermediateMasterReplicasNotReplicating', '… one rests', middle(), [connecting, stopped]),
  row('AllIntermediateMasterReplicasNotReplicating', '… there is one', middle(), [connecting]),
  row('NoProblem', '… one replicates', middle(), [connecting, follows]),
  row('NoProblem', '… none answers', middle(), [lost, lost]),
  row('DeadIntermediateMaster', '… dead', middle(dead), [connecting, connecting]),
  row('AllMasterReplicasNotReplicating', '… follows nobody', {}, [connecting, connecting]),

  row('AllIntermediateMasterReplicasNotReplicating', 'alive, none replicates', middle(), [stopped, lost]),
  row('NoProblem', '… one replicates', middle(), [stopped, follows]),
  row('NoProblem', '… none answers', middle(), [lost]),
  row('NoProblem', '… has none', middle(), []),
  row('DeadIntermediateMasterAndSomeReplicas', '… dead', middle(dead), [stopped, lost]),
  row('MasterSingleReplicaNotReplicating', '… follows nobody', {}, [stopped]),

  row('BinlogServerFailingToConnectToMaster', 'cannot connect', middle({ ...connecting, binlogServer: true }), []),
  row(
    'BinlogServerFailingToConnectToMaster',
    'dead or not',
    middle({ ...connecting, ...dead, binlogServer: true }),
    [],
  ),
  row('NoProblem', '… connected', middle({ binlogServer: true }), []),
  row('FirstTierReplicaFailingToConnectToMaster', '… an ordinary server', middle(connecting), []),

  row(
    'FirstTierReplicaFailingToConnectToMaster',
    'at depth 1, cannot connect',
    middle({ ...connecting, depth: 1 }),
    [],
  ),
  row('NoProblem', '… deeper', middle({ ...connecting, depth: 2 }), []),
  row('NoProblem', '… connected', middle({ depth: 1 }), []),
  row('NoProblem', '… its applier rests', middle({ ...connecting, applier: 'stopped' }), []),

  row('DeadReplicationGroupMemberWithReplicas', 'group member dead', { ...dead, group: {} }, [stopped, lost]),
  row('DeadReplicationGroupMemberWithReplicas', 'secondary', { ...dead, group: { memberRole: 'SECONDARY' } }, [lost]),
  row('NoProblem', '… alive', { group: {} }, [stopped, lost]),
  row('NoProblem', '… no replicas', { ...dead, group: {} }, []),
  row('NoProblem', '… one replicates', { ...dead, group: {} }, [follows, lost]),
  row('DeadMasterAndSomeReplicas', '… offline, so no member', { ...dead, group: { memberState: 'OFFLINE' } }, [
    stopped,
    lost,
  ]),
];

describe('the ordered table of rules', () => {
  test.each(ROWS)('$code: $why', (one) => {
    expect(codeOf(one)).toBe(one.code);
  });

  test('every code has a row in which it holds, but for the one that is never given', () => {
    const covered = new Set(ROWS.map((one) => one.code));
    expect(ANALYSIS_CODES.filter((code) => !covered.has(code))).toEqual(['MasterWithoutReplicas']);
    expect(ruleOf('MasterWithoutReplicas')).toBeNull();
  });

  test('descriptions may be pasted into a hook command as they are', () => {
    for (const code of ANALYSIS_CODES) {
      expect(ruleOf(code)?.description ?? 'none').toMatch(/^[A-Za-z0-9._:,@/ -]+$/);
    }
  });

  test('the codes with a recovery', () => {
    expect(ANALYSIS_CODES.filter(isActionableCode)).toEqual([
      'DeadMaster',
      'DeadMasterAndSomeReplicas',
      'LockedSemiSyncMaster',
      'MasterWithTooManySemiSyncReplicas',
      'NoWriteableMasterStructureWarning',
      'DeadCoMaster',
      'DeadCoMasterAndSomeReplicas',
      'DeadIntermediateMasterWithSingleReplicaFailingToConnect',
      'DeadIntermediateMaster',
      'DeadIntermediateMasterAndSomeReplicas',
      'AllIntermediateMasterReplicasFailingToConnectOrDead',
      'DeadReplicationGroupMemberWithReplicas',
    ]);
  });
});

describe('precedence where several rules hold', () => {
  test.each<Row>([
    row('DeadMaster', 'before a locked semi-sync master', { ...locked(0), ...dead }, [stopped], stale),
    row('UnreachableMaster', 'before a locked semi-sync master', { ...locked(0), ...dead }, [follows], stale),
    row('LockedSemiSyncMaster', 'before resting replicas', locked(0), [stopped, stopped], stale),
    row(
      'LockedSemiSyncMasterHypothesis',
      'before a read-only master',
      { ...locked(0), readOnly: true },
      [follows],
      writeable,
    ),
    row('DeadCoMaster', 'before an intermediate master', co(dead), [connecting]),
    row(
      'DeadIntermediateMasterWithSingleReplicaFailingToConnect',
      'before first tier',
      middle({ ...connecting, ...dead }),
      [connecting],
    ),
    row('AllIntermediateMasterReplicasNotReplicating', 'before first tier', middle(connecting), [stopped]),
    row('BinlogServerFailingToConnectToMaster', 'before first tier', middle({ ...connecting, binlogServer: true }), []),
    row('DeadReplicationGroupMemberWithReplicas', 'instead of DeadMaster', { ...dead, group: {} }, [stopped]),
    row('NoProblem', 'a member is spared the rules of others', { ...locked(0), group: {} }, [stopped], stale),
  ])('$code $why', (one) => {
    expect(codeOf(one)).toBe(one.code);
  });
});
