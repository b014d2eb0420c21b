import { describe, expect, test } from 'vitest';
import type { RecoveryRegistration, Store } from '../../../src/engine/ports.ts';
import type { Backend } from './harness.ts';
import {
  PRIMARY,
  REPLICA,
  RESOLVED,
  SAMPLE_DEPOSED,
  sampleDetection,
  sampleIntent,
  sampleRecovery,
} from './samples.ts';

const LATER_MS = Date.UTC(2035, 0, 1);

function idOf(registration: RecoveryRegistration): number {
  if (registration.kind !== 'registered') throw new Error(`not registered: ${JSON.stringify(registration)}`);
  return registration.recoveryId;
}

export function recoveryContract(backend: Backend): void {
  const age = (table: string, seconds: number) =>
    backend.sql(`update ${table} set start_active_period = ${backend.ago(seconds)}`);
  /** A recovery of db1 that ended with db2 as the successor. */
  const recovered = async (store: Store): Promise<number> => {
    const id = idOf(await store.recoveries.registerRecovery(sampleRecovery('past')));
    await store.recoveries.resolveRecovery('past', RESOLVED);
    return id;
  };

  describe('detections', () => {
    test('the same detection is new once per period; actionable ones count apart', async () => {
      const store = await backend.open();
      const first = await store.recoveries.registerDetection(sampleDetection());
      expect(first.isNew).toBe(true);
      expect(await store.recoveries.registerDetection(sampleDetection())).toEqual({
        detectionId: first.detectionId,
        isNew: false,
      });
      const generic = await store.recoveries.registerDetection(sampleDetection({ isActionable: false }));
      expect(generic.isNew).toBe(true);
      await age('topology_failure_detection', 3601);
      await store.recoveries.expire();
      const later = await store.recoveries.registerDetection(sampleDetection());
      expect(later.isNew).toBe(true);
      expect(later.detectionId).toBeGreaterThan(generic.detectionId);
    });

    test('a detection reads back with the recovery that followed it', async () => {
      const store = await backend.open();
      const { detectionId } = await store.recoveries.registerDetection(sampleDetection());
      const recoveryId = idOf(await store.recoveries.registerRecovery(sampleRecovery('u1', { detectionId })));
      const [read, ...rest] = await store.recoveries.readDetections({ clusterAlias: 'shop' });
      expect(rest).toEqual([]);
      expect(read).toMatchObject({
        ...sampleDetection(),
        detectionId,
        countReplicas: 2,
        isInActivePeriod: true,
        processingNodeHostname: 'node-a',
        processingNodeToken: 'token-a',
        relatedRecoveryId: recoveryId,
      });
      expect(read?.startedAt).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
      expect(await store.recoveries.readDetections({ recoveryId: detectionId + 1 })).toEqual([]);
    });
  });

  describe('registration', () => {
    test('a recovery is registered with an epoch that grows per cluster', async () => {
      const store = await backend.open();
      expect(await store.recoveries.currentEpoch('db1:3306')).toBe(0);
      const first = await store.recoveries.registerRecovery(sampleRecovery('u1'));
      expect(first).toMatchObject({ kind: 'registered', epoch: 1 });
      await store.recoveries.resolveRecovery('u1', RESOLVED);
      await store.recoveries.acknowledge({}, 'ops', 'go on');
      expect(await store.recoveries.registerRecovery(sampleRecovery('u2'))).toMatchObject({
        kind: 'registered',
        epoch: 2,
      });
      const elsewhere = sampleRecovery('u3', { key: { hostname: 'x', port: 1 }, clusterName: 'x:1', clusterAlias: '' });
      expect(await store.recoveries.registerRecovery(elsewhere)).toMatchObject({ kind: 'registered', epoch: 1 });
      expect(await store.recoveries.currentEpoch('db1:3306')).toBe(2);
    });

    test('a blocked registration does not use up an epoch', async () => {
      const store = await backend.open();
      await store.recoveries.registerRecovery(sampleRecovery('u1'));
      await store.recoveries.registerRecovery(sampleRecovery('u2', { key: REPLICA }));
      expect(await store.recoveries.currentEpoch('db1:3306')).toBe(1);
    });

    test('the epoch goes with the cluster to its new name', async () => {
      const store = await backend.open();
      await recovered(store);
      await store.intent.renameCluster('db1:3306', 'db2:3307');
      expect(await store.recoveries.currentEpoch('db2:3307')).toBe(1);
    });

    test('a person’s downtime, maintenance or global switch forbids it; a forced one passes', async () => {
      const store = await backend.open();
      await store.intent.setRecoveryDisabled(true);
      expect(await store.recoveries.registerRecovery(sampleRecovery('u1'))).toMatchObject({
        kind: 'forbidden',
        reason: expect.stringContaining('globally'),
      });
      await store.intent.setRecoveryDisabled(false);
      await store.intent.beginDowntime(PRIMARY, { owner: 'ops', reason: 'planned', beginAtMs: 0, endAtMs: LATER_MS });
      expect(await store.recoveries.registerRecovery(sampleRecovery('u1'))).toMatchObject({
        kind: 'forbidden',
        reason: expect.stringContaining('db1:3306 is downtimed by ops: planned'),
      });
      await store.intent.endDowntime(PRIMARY);
      await backend.sql(
        "insert into database_instance_maintenance (hostname, port, maintenance_active, owner, reason) values ('db1', 3306, 1, 'ops', 'move')",
      );
      expect(await store.recoveries.registerRecovery(sampleRecovery('u1'))).toMatchObject({
        kind: 'forbidden',
        reason: expect.stringContaining('maintenance'),
      });
      expect(await store.recoveries.registerRecovery(sampleRecovery('u1', { isForced: true }))).toMatchObject({
        kind: 'registered',
      });
      expect(await store.recoveries.readRecoveries({})).toHaveLength(1);
    });

    test('a running recovery of the cluster excludes every other, forced ones too', async () => {
      const store = await backend.open();
      const running = idOf(await store.recoveries.registerRecovery(sampleRecovery('u1')));
      for (const isForced of [false, true]) {
        const other = sampleRecovery('u2', { key: REPLICA, analysis: 'DeadIntermediateMaster', isForced });
        expect(await store.recoveries.registerRecovery(other)).toMatchObject({
          kind: 'blocked',
          blockingRecoveryId: running,
        });
      }
      expect(await store.recoveries.readBlocked('db1:3306')).toMatchObject([
        { key: REPLICA, analysis: 'DeadIntermediateMaster', blockingRecoveryId: running, clusterName: 'db1:3306' },
      ]);
      expect(await store.recoveries.readBlocked('other')).toEqual([]);
    });

    test('one that only changed settings blocks its own kind, and gives way to any other', async () => {
      const store = await backend.open();
      const locked = { analysis: 'LockedSemiSyncMaster' } as const;
      const first = idOf(await store.recoveries.registerRecovery(sampleRecovery('u1', locked)));
      expect(await store.recoveries.registerRecovery(sampleRecovery('u2'))).toMatchObject({ kind: 'blocked' });
      await store.recoveries.resolveRecovery('u1', { ...RESOLVED, successor: PRIMARY });
      expect(await store.recoveries.registerRecovery(sampleRecovery('u2', locked))).toMatchObject({
        kind: 'blocked',
        blockingRecoveryId: first,
      });
      expect(await store.recoveries.registerRecovery(sampleRecovery('u3'))).toMatchObject({ kind: 'registered' });
      const [gaveWay] = await store.recoveries.readRecoveries({ recoveryId: first });
      expect(gaveWay).toMatchObject({ isInActivePeriod: false, acknowledgedBy: 'orchestrator' });
    });

    test('a recovery does not keep the successor’s semi-sync from being seen to', async () => {
      const store = await backend.open();
      await recovered(store);
      const ofSuccessor = { key: REPLICA, clusterName: 'db1:3306' };
      const writable = sampleRecovery('u2', { ...ofSuccessor, analysis: 'NoWriteableMasterStructureWarning' });
      expect(await store.recoveries.registerRecovery(writable)).toMatchObject({ kind: 'blocked' });
      const locked = sampleRecovery('u3', { ...ofSuccessor, analysis: 'LockedSemiSyncMaster' });
      expect(await store.recoveries.registerRecovery(locked)).toMatchObject({ kind: 'registered' });
    });

    test('the server that a running recovery promotes cannot be recovered under another cluster name', async () => {
      const store = await backend.open();
      const running = idOf(await store.recoveries.registerRecovery(sampleRecovery('u1')));
      await store.recoveries.saveIntent(sampleIntent('u1', running, { phase: 'promoting', successor: REPLICA }));
      const flap = sampleRecovery('u2', { key: REPLICA, clusterName: 'db2:3307', isForced: true });
      expect(await store.recoveries.registerRecovery(flap)).toMatchObject({
        kind: 'blocked',
        blockingRecoveryId: running,
      });
    });

    test('anti-flapping holds back the cluster and the successor until the period is over', async () => {
      const store = await backend.open();
      const past = await recovered(store);
      const sameCluster = sampleRecovery('u2', { key: { hostname: 'db4', port: 3306 } });
      const successor = sampleRecovery('u3', { key: REPLICA, clusterName: 'db2:3307' });
      expect(await store.recoveries.registerRecovery(sameCluster)).toMatchObject({
        kind: 'blocked',
        blockingRecoveryId: past,
      });
      expect(await store.recoveries.registerRecovery(successor)).toMatchObject({
        kind: 'blocked',
        blockingRecoveryId: past,
      });
      await age('topology_recovery', 3601);
      // Without a tick of expire(): the registration itself sees that the period is over.
      expect(await store.recoveries.registerRecovery(successor)).toMatchObject({ kind: 'registered' });
    });

    test('an acknowledged recovery blocks no more, and its blocks are dropped', async () => {
      const store = await backend.open();
      const past = await recovered(store);
      await store.recoveries.registerRecovery(sampleRecovery('u2'));
      expect(await store.recoveries.readBlocked(null)).toHaveLength(1);
      expect(await store.recoveries.acknowledge({ recoveryId: past }, 'ops', 'seen')).toBe(1);
      expect(await store.recoveries.readBlocked(null)).toEqual([]);
      expect(await store.recoveries.registerRecovery(sampleRecovery('u2'))).toMatchObject({ kind: 'registered' });
    });

    test('a forced recovery passes anti-flapping and acknowledges what the server completed', async () => {
      const store = await backend.open();
      const past = await recovered(store);
      idOf(await store.recoveries.registerRecovery(sampleRecovery('u2', { isForced: true })));
      const [before] = await store.recoveries.readRecoveries({ recoveryId: past });
      expect(before).toMatchObject({ isAcknowledged: true, acknowledgedBy: 'orchestrator', isInActivePeriod: false });
    });

    test('periods of one server may end within the same second', async () => {
      const store = await backend.open();
      for (let round = 0; round < 4; round++) {
        expect((await store.recoveries.registerDetection(sampleDetection())).isNew).toBe(true);
        idOf(await store.recoveries.registerRecovery(sampleRecovery(`u${round}`)));
        await store.recoveries.resolveRecovery(`u${round}`, RESOLVED);
        expect(await store.recoveries.acknowledge({ key: PRIMARY }, 'ops', 'quickly')).toBe(1);
      }
    });

    test('acknowledging a recovery whose work is under way does not let another in beside it', async () => {
      const store = await backend.open();
      const running = idOf(await store.recoveries.registerRecovery(sampleRecovery('u1')));
      await store.recoveries.saveIntent(sampleIntent('u1', running));
      await store.recoveries.acknowledge({}, 'ops', 'impatient');
      expect(await store.recoveries.registerRecovery(sampleRecovery('u2', { isForced: true }))).toMatchObject({
        kind: 'blocked',
      });
      await store.recoveries.resolveRecovery('u1', RESOLVED);
      await store.recoveries.closeIntent('u1');
      expect(await store.recoveries.registerRecovery(sampleRecovery('u2'))).toMatchObject({ kind: 'registered' });
    });

    test('a short block period does not end the exclusion of a recovery under way', async () => {
      const store = await backend.open({ periodBlockSeconds: 0 });
      const running = idOf(await store.recoveries.registerRecovery(sampleRecovery('u1')));
      await store.recoveries.saveIntent(sampleIntent('u1', running));
      await store.recoveries.expire();
      expect(await store.recoveries.registerRecovery(sampleRecovery('u2'))).toMatchObject({ kind: 'blocked' });
      await store.recoveries.resolveRecovery('u1', RESOLVED);
      await store.recoveries.closeIntent('u1');
      expect(await store.recoveries.registerRecovery(sampleRecovery('u2'))).toMatchObject({ kind: 'registered' });
    });
  });

  describe('recoveries', () => {
    test('a resolved recovery reads back with its outcome and steps', async () => {
      const store = await backend.open();
      const id = idOf(await store.recoveries.registerRecovery(sampleRecovery('u1')));
      const [running] = await store.recoveries.readRecoveries({ clusterName: 'db1:3306', onlyActive: true });
      expect(running).toMatchObject({
        recoveryId: id,
        endedAt: '',
        successor: null,
        isSuccessful: false,
        endActivePeriodUnixtime: 0,
      });
      await store.recoveries.addStep('u1', 'zuerst: db1 schweigt');
      await store.recoveries.addStep('u1', 'then');
      await store.recoveries.resolveRecovery('u1', RESOLVED);
      const [read] = await store.recoveries.readRecoveries({ uid: 'u1' });
      expect(read).toMatchObject({
        ...RESOLVED,
        recoveryId: id,
        uid: 'u1',
        key: PRIMARY,
        analysis: 'DeadMaster',
        clusterName: 'db1:3306',
        clusterAlias: 'shop',
        countReplicas: 1,
        replicas: [REPLICA],
        isInActivePeriod: true,
        processingNodeHostname: 'node-a',
        processingNodeToken: 'token-a',
        isAcknowledged: false,
        acknowledgedAt: '',
        lastDetectionId: 1,
      });
      expect(read?.endedAt).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
      expect(await store.recoveries.readRecoveries({ onlyActive: true })).toEqual([]);
      // Ended, it blocks another one until it is acknowledged.
      expect(await store.recoveries.readRecoveries({ onlyBlocking: true })).toMatchObject([{ uid: 'u1' }]);
      expect(await store.recoveries.acknowledge({ uid: 'u1' }, 'ops', 'seen')).toBe(1);
      expect(await store.recoveries.readRecoveries({ onlyBlocking: true })).toEqual([]);
      const steps = await store.recoveries.readSteps('u1');
      expect(steps.map((step) => step.message)).toEqual(['zuerst: db1 schweigt', 'then']);
      expect(await store.recoveries.readSteps('u2')).toEqual([]);
    });

    test('pages hold 20, newest first', async () => {
      const store = await backend.open();
      for (let index = 0; index < 23; index++) {
        const key = { hostname: `h${index}`, port: 3306 };
        await store.recoveries.registerRecovery(sampleRecovery(`u${index}`, { key, clusterName: `h${index}:3306` }));
      }
      const first = await store.recoveries.readRecoveries({});
      const second = await store.recoveries.readRecoveries({ page: 1 });
      expect([first.length, second.length]).toEqual([20, 3]);
      expect(first[0]?.uid).toBe('u22');
      expect(second.at(-1)?.uid).toBe('u0');
      const beforeId = first[4]?.recoveryId ?? 0;
      const next = await store.recoveries.readRecoveries({ limit: 2, beforeId });
      expect(next.map(({ uid }) => uid)).toEqual(['u17', 'u16']);
      expect(await store.recoveries.readRecoveries({ limit: 30 })).toHaveLength(23);
      expect(await store.recoveries.readDetections({ limit: 3, beforeId: 1 })).toEqual([]);
      expect(await store.recoveries.readRecoveries({ key: { hostname: 'h7', port: 3306 } })).toMatchObject([
        { uid: 'u7' },
      ]);
      await store.recoveries.resolveRecovery('u1', RESOLVED);
      const successor = RESOLVED.successor ?? undefined;
      if (successor === undefined) throw new Error('the sample has a successor');
      expect(await store.recoveries.readRecoveries({ successor })).toMatchObject([{ uid: 'u1', successor }]);
      expect(await store.recoveries.readRecoveries({ successor: { ...successor, port: 1 } })).toEqual([]);
    });

    test('acknowledging by cluster takes recoveries of the same alias along, and ends detections', async () => {
      const store = await backend.open();
      await store.recoveries.registerDetection(sampleDetection());
      await recovered(store);
      await store.recoveries.registerRecovery(
        sampleRecovery('renamed', { key: { hostname: 'db7', port: 1 }, clusterName: 'db7:1' }),
      );
      await store.recoveries.registerRecovery(
        sampleRecovery('other', { key: { hostname: 'db8', port: 1 }, clusterName: 'db8:1', clusterAlias: '' }),
      );
      await store.intent.setClusterAlias('db1:3306', 'shop');
      expect(await store.recoveries.acknowledge({ clusterName: 'db1:3306' }, 'ops', 'gesehen – ok')).toBe(2);
      expect(await store.recoveries.acknowledge({ clusterName: 'db1:3306' }, 'ops', 'again')).toBe(0);
      const open = await store.recoveries.readRecoveries({ onlyUnacknowledged: true });
      expect(open.map((recovery) => recovery.uid)).toEqual(['other']);
      const [done] = await store.recoveries.readRecoveries({ uid: 'past' });
      expect(done).toMatchObject({
        isAcknowledged: true,
        acknowledgedBy: 'ops',
        acknowledgedComment: 'gesehen – ok',
        isInActivePeriod: false,
      });
      expect(done?.endActivePeriodUnixtime).toBeGreaterThan(0);
      expect(await store.recoveries.readDetections({ onlyActive: true })).toEqual([]);
    });

    test('acknowledging a cluster takes along the recovery that gave it its name', async () => {
      const store = await backend.open();
      await store.recoveries.registerRecovery(sampleRecovery('past', { clusterAlias: '' }));
      await store.recoveries.resolveRecovery('past', RESOLVED);
      expect(await store.recoveries.acknowledge({ clusterName: 'db9:3306' }, 'ops', 'seen')).toBe(0);
      expect(await store.recoveries.acknowledge({ clusterName: 'db2:3307' }, 'ops', 'seen')).toBe(1);
    });

    test('acknowledging by server, uid, or everything', async () => {
      const store = await backend.open();
      await store.recoveries.registerDetection(sampleDetection());
      await recovered(store);
      for (const name of ['a', 'b', 'c']) {
        await store.recoveries.registerRecovery(
          sampleRecovery(name, { key: { hostname: name, port: 1 }, clusterName: `${name}:1` }),
        );
      }
      expect(await store.recoveries.acknowledge({ uid: 'a' }, 'ops', 'x')).toBe(1);
      expect(await store.recoveries.readDetections({ onlyActive: true })).toHaveLength(1);
      expect(await store.recoveries.acknowledge({ key: PRIMARY }, 'ops', 'x')).toBe(1);
      expect(await store.recoveries.readDetections({ onlyActive: true })).toEqual([]);
      expect(await store.recoveries.acknowledge({}, 'ops', 'x')).toBe(2);
    });

    test('blocks that nobody renews are dropped', async () => {
      const store = await backend.open();
      await recovered(store);
      await store.recoveries.registerRecovery(sampleRecovery('u2'));
      await store.recoveries.expire();
      expect(await store.recoveries.readBlocked(null)).toHaveLength(1);
      await backend.sql(`update blocked_topology_recovery set last_blocked_timestamp = ${backend.ago(4)}`);
      await store.recoveries.expire();
      expect(await store.recoveries.readBlocked(null)).toEqual([]);
    });

    test('a recovery left behind by a dead node is acknowledged as crashed, unless an intent keeps it alive', async () => {
      const dead = await backend.open({ node: { hostname: 'node-b', token: 'token-b' } });
      const store = await backend.open();
      const own = sampleRecovery('own', { key: { hostname: 'own', port: 1 }, clusterName: 'own:1' });
      await store.recoveries.registerRecovery(own);
      const kept = idOf(
        await dead.recoveries.registerRecovery(
          sampleRecovery('kept', { key: { hostname: 'kept', port: 1 }, clusterName: 'kept:1' }),
        ),
      );
      await dead.recoveries.saveIntent(sampleIntent('kept', kept));
      await dead.recoveries.registerRecovery(sampleRecovery('lost'));
      await dead.nodes.beat({ hostname: 'node-b', token: 'token-b', command: '', version: '1' });
      await store.recoveries.expire();
      expect(await store.recoveries.readRecoveries({ onlyUnacknowledged: true })).toHaveLength(3);
      await backend.sql(`update node_health set last_seen_active = ${backend.ago(120)}`);
      await store.recoveries.expire();
      const left = await store.recoveries.readRecoveries({ onlyUnacknowledged: true });
      expect(left.map((recovery) => recovery.uid)).toEqual(['kept', 'own']);
      const [crashed] = await store.recoveries.readRecoveries({ uid: 'lost' });
      expect(crashed).toMatchObject({ isAcknowledged: true, acknowledgedComment: 'detected crashed recovery' });
      expect(crashed?.endedAt).not.toBe('');
    });

    test('an own recovery that never got its intent (the backend went away) counts as crashed after a minute', async () => {
      const store = await backend.open();
      await store.recoveries.registerRecovery(sampleRecovery('own'));
      await store.recoveries.expire();
      expect(await store.recoveries.readRecoveries({ onlyUnacknowledged: true })).toHaveLength(1);
      await backend.sql(`update topology_recovery set start_active_period = ${backend.ago(120)}`);
      await store.recoveries.expire();
      const [crashed] = await store.recoveries.readRecoveries({ uid: 'own' });
      expect(crashed).toMatchObject({ isAcknowledged: true, isInActivePeriod: false });
      expect(await store.recoveries.registerRecovery(sampleRecovery('next'))).toMatchObject({ kind: 'registered' });
    });
  });

  describe('intents and deposed primaries', () => {
    test('an intent is overwritten phase by phase until it is closed', async () => {
      const store = await backend.open();
      await store.recoveries.saveIntent(sampleIntent('u1', 5));
      const promoted = sampleIntent('u1', 5, {
        phase: 'promoted',
        successor: REPLICA,
        failedServerUuid: 'x',
        isForced: true,
        candidate: REPLICA,
        command: 'force-master-takeover',
        skipHooks: true,
        livePrimary: 'closed',
        foundPrimary: { isReadOnly: true, isSuperReadOnly: null, isSemiSyncSource: true },
        owner: 'node-b:2',
        rested: [REPLICA, PRIMARY],
        binlogServers: [{ key: REPLICA, source: PRIMARY }],
        pair: { other: REPLICA, passed: { kind: 'binlog', file: 'bin.000001', position: 4 }, knownAtMs: 1_500 },
        successorRest: { executed: { kind: 'binlog', file: 'bin.000001', position: 4 }, own: null },
      });
      await store.recoveries.saveIntent(promoted);
      const reader = await backend.open();
      expect(await reader.recoveries.readOpenIntents()).toEqual([promoted]);
      await reader.recoveries.closeIntent('u1');
      expect(await store.recoveries.readOpenIntents()).toEqual([]);
    });

    test('an intent is claimed by one, as it stands then; a closed one by nobody', async () => {
      const store = await backend.open();
      const other = await backend.open();
      await store.recoveries.saveIntent(sampleIntent('u1', 5, { phase: 'silenced', owner: 'dead:1' }));
      const claims = await Promise.all([
        store.recoveries.claimIntent('u1', 'dead:1', 'node-a:1'),
        other.recoveries.claimIntent('u1', 'dead:1', 'node-b:2'),
      ]);
      const [claimed, ...others] = claims.filter((claim) => claim !== null);
      expect(others).toEqual([]);
      expect(claimed).toMatchObject({ uid: 'u1', phase: 'silenced' });
      expect(await store.recoveries.readOpenIntents()).toEqual([claimed]);
      // What is one's own may be claimed again: nobody works at it.
      const owner = claimed?.owner ?? '';
      expect(await other.recoveries.claimIntent('u1', owner, owner)).toEqual(claimed);
      await store.recoveries.closeIntent('u1');
      expect(await store.recoveries.claimIntent('u1', owner, owner)).toBeNull();
    });

    test('a deposed primary is remembered until it is removed', async () => {
      const store = await backend.open();
      const deposed = SAMPLE_DEPOSED;
      await store.recoveries.saveDeposed(deposed);
      await store.recoveries.saveDeposed({ ...deposed, fencedAtMs: 1_774_746_000_456 });
      expect(await store.recoveries.readDeposed()).toEqual([{ ...deposed, fencedAtMs: 1_774_746_000_456 }]);
      const successorRest = { executed: { kind: 'binlog', file: 'bin.000001', position: 4 }, own: null } as const;
      await store.recoveries.saveDeposed({ ...deposed, successorRest });
      expect(await store.recoveries.readDeposed()).toEqual([{ ...deposed, successorRest }]);
      await store.recoveries.removeDeposed(PRIMARY);
      expect(await store.recoveries.readDeposed()).toEqual([]);
    });

    test('who is silent because of us is remembered until it listens again', async () => {
      const { silences } = await backend.open();
      const source = PRIMARY;
      const silence = {
        key: { ...PRIMARY, port: 3307 },
        source,
        others: [],
        isReceiverStopped: true,
        notedAtMs: 1_800_000_000_123,
      };
      await silences.note({ ...silence, isApplierStopped: false });
      await silences.note({ ...silence, others: [source], isApplierStopped: true });
      expect(await silences.read()).toEqual([{ ...silence, others: [source], isApplierStopped: true }]);
      await silences.forget(silence.key);
      expect(await silences.read()).toEqual([]);
    });
  });
}
