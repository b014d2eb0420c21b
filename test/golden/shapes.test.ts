import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { analyse } from '../../src/analysis/analyse.ts';
import { contextOf } from '../../src/analysis/testing/context.ts';
import { HOST, inventFamily, inventServer, NOW_MS } from '../../src/analysis/testing/records.ts';
import { analysisJson } from '../../src/legacy/analysis-json.ts';
import { errorResponse } from '../../src/legacy/api-response.ts';
import { clusterInfoJson } from '../../src/legacy/cluster-info-json.ts';
import { healthJson } from '../../src/legacy/health-json.ts';
import { auditJson, blockedRecoveryJson, recoveryStepJson } from '../../src/legacy/history-json.ts';
import { instanceJson } from '../../src/legacy/instance-json.ts';
import { maintenanceJson } from '../../src/legacy/maintenance-json.ts';
import type { DetectionFacts, RecoveryFacts } from '../../src/legacy/recovery-json.ts';
import { detectionJson, recoveryJson } from '../../src/legacy/recovery-json.ts';
import type { Field, Shape } from './shape-of.ts';
import { shapeOf } from './shape-of.ts';

// Names, order and kinds as the existing program answers them; the values here are invented.
const GOLDEN: Readonly<Record<string, Shape>> = JSON.parse(
  readFileSync(new URL('./shapes.json', import.meta.url), 'utf8'),
);

const key = { hostname: HOST, port: 11 };
const context = { nowMs: NOW_MS, settings: contextOf().settings };
const node = {
  hostname: 'node1',
  token: 'abc',
  version: '1.0.0',
  firstSeenActive: '2026-01-02 03:04:05',
  lastSeenActive: '2026-01-02 03:04:05',
  extraInfo: '',
  command: '',
  dbBackend: 'orc.sqlite',
};
const failure = {
  key,
  analysis: 'DeadMaster',
  clusterName: `${HOST}:1`,
  clusterAlias: 'shop',
  countReplicas: 1,
  replicas: [key],
  startedAt: '2026-01-02 03:04:05',
  processingNodeHostname: 'node1',
  processingNodeToken: 'abc',
};
const recovery: RecoveryFacts = {
  ...failure,
  recoveryId: 3,
  uid: '1:a',
  endActivePeriodUnixtime: 0,
  endedAt: '2026-01-02 03:04:06',
  isSuccessful: true,
  successor: key,
  successorAlias: '',
  lostReplicas: [key],
  participants: [key],
  errors: [],
  isAcknowledged: false,
  acknowledgedAt: '',
  acknowledgedBy: '',
  acknowledgedComment: '',
  lastDetectionId: 2,
};
const detection: DetectionFacts = { ...failure, detectionId: 2, isInActivePeriod: true, relatedRecoveryId: 3 };

const entries = analyse(
  inventFamily({ source: 9 }, [{ receiver: 'stopped', applier: 'stopped' }]),
  contextOf({}, { includeNoProblem: false }),
);
const analysisContext = { nowMs: NOW_MS, nodeHostname: 'node1', nodeToken: 'abc' };
const analyses = entries.map((entry) => analysisJson(entry, analysisContext));

const fieldsOf = (shape: Shape | undefined): readonly Field[] =>
  typeof shape === 'object' && 'fields' in shape ? shape.fields : [];

describe('shapes are those of the existing program', () => {
  test.each<[string, unknown]>([
    ['instance', instanceJson(inventServer(103, { source: 102 }), context)],
    ['instanceWithReplicas', instanceJson(inventServer(100, { replicas: [key] }), context)],
    ['analysis', analyses[0]],
    ['envelope', errorResponse('no')],
    [
      'clusterInfo',
      clusterInfoJson({
        clusterName: `${HOST}:1`,
        clusterAlias: '',
        clusterDomain: '',
        countInstances: 4,
        heuristicLagSeconds: 0,
        hasAutomatedPrimaryRecovery: true,
        hasAutomatedIntermediateRecovery: false,
      }),
    ],
    [
      'maintenance',
      maintenanceJson({
        maintenanceId: 2,
        key,
        beganAt: '2026-01-02 03:04:05',
        secondsElapsed: 0,
        owner: 'ann',
        reason: 'disk',
      }),
    ],
    [
      'health',
      healthJson({
        isHealthy: true,
        hostname: 'node1',
        token: 'abc',
        isActiveNode: true,
        activeNode: node,
        availableNodes: [node],
        error: null,
      }),
    ],
    ['recovery', recoveryJson(recovery)],
    ['audit', auditJson({ auditId: 1, at: '2026-01-02 03:04:05', type: 'discover', key, message: 'm' })],
    ['recoveryStep', recoveryStepJson({ id: 1, uid: '1:a', at: '2026-01-02 03:04:05', message: 'm' })],
    [
      'blockedRecovery',
      blockedRecoveryJson({
        key,
        clusterName: `${HOST}:1`,
        analysis: 'DeadMaster',
        lastBlockedAt: '2026-01-02 03:04:05',
        blockingRecoveryId: 3,
      }),
    ],
  ])('%s', (name, value) => {
    expect(shapeOf(value)).toEqual(GOLDEN[name]);
  });

  test('102 fields of a server, 57 of an analysis, 23 of a recovery', () => {
    expect(fieldsOf(GOLDEN.instance)).toHaveLength(102);
    expect(fieldsOf(GOLDEN.analysis)).toHaveLength(57);
    expect(fieldsOf(GOLDEN.recovery)).toHaveLength(23);
  });

  test('whatever a server is, its fields and their order stay; never null', () => {
    const names = fieldsOf(GOLDEN.instance).map(([name]) => name);
    const odd = [
      inventServer(1, { neverRead: true }),
      inventServer(1, { group: {}, downtimed: true, errant: 'a:1' }),
      inventServer(1, { version: '10.11.9-MariaDB', gtidMode: '', positioning: 'mariadb-slave-pos', source: 2 }),
      inventServer(1, { source: { hostname: '//db9', port: 3306 }, errorText: 'no', lag: null, valid: false }),
    ];
    for (const record of odd) {
      const json: Record<string, unknown> = instanceJson(record, context);
      expect(Object.keys(json)).toEqual(names);
      expect(Object.values(json)).not.toContain(null);
      expect(Object.values(json)).not.toContain(undefined);
    }
  });
});

describe('values', () => {
  test('a replica', () => {
    expect(
      instanceJson(inventServer(103, { source: 102, receiver: 'other', errorText: 'no way', lag: null }), context),
    ).toMatchObject({
      Key: { Hostname: HOST, Port: 103 },
      FlavorName: 'MySQL',
      MasterKey: { Hostname: HOST, Port: 102 },
      IsDetachedMaster: false,
      Slave_IO_Running: false,
      ReplicationIOThreadRuning: false,
      ReplicationIOThreadState: 2,
      ReplicationSQLThreadState: 1,
      LastIOError: '"no way"',
      LastSQLError: '',
      SecondsBehindMaster: { Int64: 0, Valid: false },
      ReplicationLagSeconds: { Int64: 0, Valid: false },
      UsingOracleGTID: true,
      LastSeenTimestamp: '2026-01-02 03:04:04',
      SecondsSinceLastSeen: { Int64: 1, Valid: true },
      IsLastCheckValid: true,
      IsUpToDate: true,
      IsRecentlyChecked: true,
      LastDiscoveryLatency: 2_500_000,
      Problems: ['not_replicating'],
      QSP: {},
    });
  });

  test('a primary, a detached replica, a server that never answered', () => {
    expect(instanceJson(inventServer(100), context)).toMatchObject({
      MasterKey: { Hostname: '', Port: 0 },
      ReplicationSQLThreadState: -1,
      RelaylogCoordinates: { LogFile: '', LogPos: 0, Type: 1 },
      SecondsBehindMaster: { Int64: 0, Valid: false },
      Problems: [],
    });
    expect(instanceJson(inventServer(1, { source: { hostname: '//db9', port: 3306 } }), context)).toMatchObject({
      MasterKey: { Hostname: '//db9', Port: 3306 },
      IsDetachedMaster: true,
    });
    expect(instanceJson(inventServer(1, { neverRead: true }), context)).toMatchObject({
      ServerID: 0,
      IsLastCheckValid: false,
      IsUpToDate: false,
      LastSeenTimestamp: '',
      SecondsSinceLastSeen: { Int64: 0, Valid: false },
      Problems: ['last_check_invalid'],
    });
  });

  test('downtime and alias', () => {
    const json = instanceJson(inventServer(1, { downtimed: true, alias: 'shop', promotionRule: 'prefer' }), context);
    expect(json).toMatchObject({
      IsDowntimed: true,
      DowntimeOwner: 'ann',
      DowntimeReason: 'test',
      DowntimeEndTimestamp: '2026-01-02 03:05:05',
      ElapsedDowntime: 60_000_000_000,
      SuggestedClusterAlias: 'shop',
      PromotionRule: 'prefer',
      IsCandidate: true,
    });
    expect(instanceJson(inventServer(1, { alias: `${HOST}:1` }), context).SuggestedClusterAlias).toBe('');
  });

  test('an analysis', () => {
    expect(analyses[0]).toMatchObject({
      Analysis: 'AllIntermediateMasterReplicasNotReplicating',
      Description: 'Intermediate master is reachable but none of its reachable replicas is replicating',
      StructureAnalysis: null,
      OracleGTIDImmediateTopology: true,
      MariaDBGTIDImmediateTopology: false,
      Replicas: [{ Hostname: HOST, Port: 11 }],
      ProcessingNodeHostname: 'node1',
    });
    const [downtimed] = analyse(inventFamily({ readOnly: true, downtimed: true }, [{}]), contextOf());
    if (downtimed === undefined) throw new Error('no entry');
    expect(analysisJson(downtimed, analysisContext)).toMatchObject({
      StructureAnalysis: ['NoWriteableMasterStructureWarning'],
      IsDowntimed: true,
      DowntimeEndTimestamp: '2026-01-02 03:05:05',
      DowntimeRemainingSeconds: -60,
    });
  });

  test('recoveries and detections', () => {
    expect(recoveryJson(recovery)).toMatchObject({
      Id: 3,
      IsActive: true,
      AllErrors: [''],
      SuccessorBinlogCoordinates: null,
      AnalysisEntry: { Analysis: 'DeadMaster', CountReplicas: 1, ClusterDetails: { ClusterAlias: 'shop' } },
    });
    expect(
      recoveryJson({ ...recovery, successor: null, endActivePeriodUnixtime: 5, errors: ['a', 'b'] }),
    ).toMatchObject({
      SuccessorKey: { Hostname: '', Port: 0 },
      IsActive: false,
      AllErrors: ['a', 'b'],
    });
    const json = detectionJson(detection);
    expect(json).toMatchObject({ Id: 2, RelatedRecoveryId: 3, IsActive: true });
    expect(Object.keys(json)).toEqual(Object.keys(recoveryJson(recovery)));
  });
});
