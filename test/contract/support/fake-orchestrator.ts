import { analyse } from '../../../src/analysis/analyse.ts';
import { contextOf } from '../../../src/analysis/testing/context.ts';
import { inventServer, NOW_MS } from '../../../src/analysis/testing/records.ts';
import type { DetectionRecord, RecoveryFilter, RecoveryRecord } from '../../../src/engine/ports.ts';
import type { ReadinessUseCases } from '../../../src/engine/readiness/use-cases.ts';
import type {
  AnalyseOptions,
  Explanation,
  FleetView,
  LiveEvent,
  Orchestrator,
  RecoverOptions,
  RecoverOutcome,
} from '../../../src/engine/use-cases.ts';
import { OrchestratorError } from '../../../src/model/error.ts';
import { compareKeys, formatKey, type InstanceKey, sameKey } from '../../../src/model/instance-key.ts';
import type { Downtime, ServerRecord } from '../../../src/model/server-record.ts';
import type { Manner } from '../../../src/plan/operations/request.ts';
import type { Plan, Refusal } from '../../../src/plan/plan.ts';
import type { Readiness } from '../../../src/plan/readiness/readiness.ts';
import { fakeAgents, fakeClassification, fakeNode } from './fake-classification.ts';
import { fakeKv } from './fake-kv.ts';
import { fakePseudoGtid, fakeQuestions, fakeRegistrations } from './fake-notes.ts';
import { type FakeOperationsState, fakeOperations } from './fake-operations.ts';

export { NOW_MS };

/** Everything here is invented: a stand-in for the engine that keeps the contract of use-cases.ts, and nothing more. */
export const CLUSTER = '10.0.0.1:1';
export const ALIAS = 'shop';
export const PRIMARY: InstanceKey = { hostname: '10.0.0.1', port: 1 };
export const REPLICA: InstanceKey = { hostname: '10.0.0.1', port: 11 };

/** One primary, two replicas, and one below the second. */
export const inventFleet = (): ServerRecord[] => [
  inventServer(1, { cluster: CLUSTER, alias: ALIAS, replicas: [REPLICA, { hostname: '10.0.0.1', port: 12 }] }),
  inventServer(11, { source: 1, cluster: CLUSTER, alias: ALIAS, tags: { role: 'backup' } }),
  inventServer(12, { source: 1, cluster: CLUSTER, alias: ALIAS, replicas: [{ hostname: '10.0.0.1', port: 13 }] }),
  inventServer(13, { source: 12, cluster: CLUSTER, alias: ALIAS, depth: 2 }),
];

export const RECOVERY: RecoveryRecord = {
  recoveryId: 7,
  uid: 'uid-7',
  key: PRIMARY,
  analysis: 'DeadMaster',
  clusterName: CLUSTER,
  clusterAlias: ALIAS,
  countReplicas: 2,
  replicas: [REPLICA],
  isInActivePeriod: true,
  endActivePeriodUnixtime: 0,
  startedAt: '2026-01-02 03:04:00',
  endedAt: '2026-01-02 03:04:01',
  isSuccessful: true,
  successor: REPLICA,
  successorAlias: '',
  lostReplicas: [],
  participants: [PRIMARY, REPLICA],
  errors: [],
  processingNodeHostname: 'node1',
  processingNodeToken: 'token1',
  isAcknowledged: false,
  acknowledgedAt: '',
  acknowledgedBy: '',
  acknowledgedComment: '',
  lastDetectionId: 3,
};

const DETECTION: DetectionRecord = {
  detectionId: 3,
  key: PRIMARY,
  analysis: 'DeadMaster',
  clusterName: CLUSTER,
  clusterAlias: ALIAS,
  countReplicas: 2,
  replicas: [REPLICA],
  isActionable: true,
  isInActivePeriod: true,
  startedAt: '2026-01-02 03:04:00',
  processingNodeHostname: 'node1',
  processingNodeToken: 'token1',
  relatedRecoveryId: 7,
};

const PLAN: Plan = {
  kind: 'plan',
  purpose: 'replace dead primary 10.0.0.1:1',
  clusterName: CLUSTER,
  reasons: ['10.0.0.1:11 has received most'],
  stages: [
    {
      name: 'promote',
      lanes: [
        {
          server: REPLICA,
          isRequired: true,
          steps: [
            {
              id: 'promote forget-source',
              server: REPLICA,
              action: { kind: 'command', command: { kind: 'forget-source' } },
              requires: null,
              ensures: { kind: 'has-no-source' },
              deadlineMs: 1000,
              isDestructive: true,
              undo: [],
              unless: null,
              why: 'it becomes the primary',
            },
          ],
        },
      ],
    },
  ],
};

const REFUSAL: Refusal = {
  kind: 'refusal',
  purpose: 'replace 10.0.0.1:11',
  clusterName: CLUSTER,
  reason: '10.0.0.1:11 is not a primary',
  objections: [{ subject: '10.0.0.1:11', rule: 'primary-only', explanation: 'it follows 10.0.0.1:1' }],
};

const NODE = {
  hostname: 'node1',
  token: 'token1',
  version: '1.0',
  firstSeenActive: '2026-01-02T03:00:00Z',
  lastSeenActive: '2026-01-02T03:04:04Z',
  extraInfo: '',
  command: '',
  dbBackend: '/tmp/x.sqlite',
};

const READINESS: Readiness = {
  clusterName: CLUSTER,
  clusterAlias: ALIAS,
  verdict: 'degraded',
  sentence: '10.0.0.1:11 would replace 10.0.0.1:1 in about 140 ms. One thing is not as it should be.',
  primary: PRIMARY,
  successor: REPLICA,
  alternatives: [],
  reasons: ['10.0.0.1:11 is the most advanced replica'],
  candidates: [
    {
      key: REPLICA,
      name: '10.0.0.1:11',
      rank: 1,
      rule: null,
      why: '10.0.0.1:11 is the most advanced replica',
      promotionRule: 'neutral',
      lagSeconds: 0,
      transactionsToApply: 0,
    },
  ],
  estimate: { totalMs: 140, parts: [{ what: 'detect', ms: 60, basis: 'a crash' }] },
  loss: { kind: 'nothing-known', transactions: 0, bytes: 0, sentence: 'Nothing is known to be lost.' },
  blockers: [],
  warnings: [
    { rule: 'no-answer', servers: ['10.0.0.1:12'], sentence: '10.0.0.1:12 does not answer.', remedy: 'bring it back' },
  ],
  atMs: NOW_MS,
};

const fakeReadiness = (): ReadinessUseCases => ({
  of: async () => READINESS,
  all: async () => [READINESS],
  latest: () => [READINESS],
});

/** The fake, with what tests look at and turn. */
export interface FakeOrchestrator extends Orchestrator, Omit<FakeOperationsState, 'records'> {
  records: ServerRecord[];
  /** What was asked of it that changes something, one line each. */
  readonly calls: string[];
  /** Before which requests the engine was asked to look for changes of others. */
  readonly caughtUp: string[];
  isLeader: boolean;
  healthError: string | null;
  outcome: RecoverOutcome;
  emit(event: LiveEvent): void;
  closed: boolean;
}

export function fakeOrchestrator(): FakeOrchestrator {
  const listeners = new Set<(event: LiveEvent) => void>();
  let version = 1;
  let disabled = false;
  const explanation: Explanation = {
    clusterName: CLUSTER,
    primary: PRIMARY,
    verdict: 'healthy',
    sentence: '10.0.0.1:1 answers',
    atMs: NOW_MS,
  };
  /** Only where one was asked for. */
  const noteManner = (what: string, manner: Manner = {}): void => {
    if (Object.keys(manner).length > 0) fake.calls.push(`${what} in the manner ${JSON.stringify(manner)}`);
  };
  const matches = (filter: RecoveryFilter): boolean =>
    (filter.uid ?? RECOVERY.uid) === RECOVERY.uid &&
    (filter.recoveryId ?? RECOVERY.recoveryId) === RECOVERY.recoveryId &&
    (filter.clusterName ?? CLUSTER) === CLUSTER &&
    (filter.clusterAlias ?? ALIAS) === ALIAS &&
    (filter.successor === undefined || sameKey(filter.successor, REPLICA)) &&
    (filter.beforeId ?? Number.POSITIVE_INFINITY) > RECOVERY.recoveryId &&
    (filter.page ?? 0) === 0;

  const setDowntime = (key: InstanceKey, downtime: Downtime | null): boolean => {
    const before = fake.records.find((record) => sameKey(record.key, key));
    fake.records = fake.records.map((record) =>
      sameKey(record.key, key) ? { ...record, intent: { ...record.intent, downtime } } : record,
    );
    version += 1;
    return before?.intent.downtime != null;
  };

  // The parts write into the invented fleet, which is made below.
  const lateState: FakeOperationsState = {
    get records() {
      return fake.records;
    },
    set records(records) {
      fake.records = [...records];
      version += 1;
    },
    calls: [],
    get refusal() {
      return fake.refusal;
    },
    get failure() {
      return fake.failure;
    },
    get stubborn() {
      return fake.stubborn;
    },
  };
  const fake: FakeOrchestrator = {
    records: inventFleet(),
    calls: lateState.calls,
    caughtUp: [],
    isLeader: true,
    healthError: null,
    closed: false,
    outcome: { kind: 'recovered', uid: RECOVERY.uid, successor: REPLICA, lost: [] },
    readiness: fakeReadiness(),
    refusal: null,
    failure: null,
    stubborn: [],
    operations: fakeOperations(lateState),
    takeover: {
      async run({ kind, designated, manner }) {
        noteManner(kind, manner);
        const [entry] = await fake.analyse({ includeNoProblem: true });
        if (entry === undefined) return { kind: 'failed', reason: 'the invented fleet has no primary' };
        return {
          kind: 'promoted',
          uid: RECOVERY.uid,
          recoveryId: RECOVERY.recoveryId,
          command: 'graceful-master-takeover',
          entry: { ...entry, code: 'DeadMaster' },
          successor: designated ?? REPLICA,
          successorAlias: '',
          coordinates: { kind: 'binlog', file: 'bin.000003', position: 42 },
          troubles: [],
          participants: [PRIMARY, REPLICA],
          startedAtMs: NOW_MS,
          endedAtMs: NOW_MS,
        };
      },
      preview: ({ kind, designated }) =>
        fake.operations.preview({ kind, instance: PRIMARY, destination: designated ?? REPLICA }),
    },
    forced: {
      async run({ kind, clusterName, designated, ...asked }, by) {
        noteManner(kind, asked.manner);
        const outcome = await fake.takeover.run({ kind: 'graceful-master-takeover', clusterName, designated }, by);
        return outcome.kind === 'promoted' ? { ...outcome, command: kind } : outcome;
      },
      preview: async () => PLAN,
    },
    registrations: fakeRegistrations(lateState),
    classification: fakeClassification(lateState),
    agents: fakeAgents(lateState.calls),
    node: fakeNode(lateState.calls, NODE),
    questions: fakeQuestions,
    kv: fakeKv,
    pseudoGtid: fakePseudoGtid,
    emit: (event) => {
      for (const listener of listeners) listener(event);
    },
    fleet(): FleetView {
      const records = [...fake.records].sort((a, b) => compareKeys(a.key, b.key));
      return {
        version,
        records,
        recordOf: (key) => records.find((record) => sameKey(record.key, key)) ?? null,
        recordsOfCluster: (name) => records.filter((record) => record.position.clusterName === name),
        clusters: () =>
          records.length === 0
            ? []
            : [
                {
                  clusterName: CLUSTER,
                  clusterAlias: ALIAS,
                  clusterDomain: 'shop.example.com',
                  countInstances: records.length,
                  heuristicLagSeconds: 0,
                  hasAutomatedPrimaryRecovery: true,
                  hasAutomatedIntermediateRecovery: false,
                },
              ],
      };
    },
    async discover(key) {
      fake.calls.push(`discover ${formatKey(key)}`);
      if (key.port === 9) {
        throw new OrchestratorError('unreachable', `dial tcp ${formatKey(key)}: connect: connection refused`);
      }
      return fake.records.find((record) => sameKey(record.key, key)) ?? inventServer(key.port, {});
    },
    async forget(key) {
      fake.calls.push(`forget ${formatKey(key)}`);
      const before = fake.records.length;
      fake.records = fake.records.filter((record) => !sameKey(record.key, key));
      version += 1;
      return fake.records.length < before;
    },
    resolveKey: async (key) => (key.hostname === 'short' ? { hostname: '10.0.0.1', port: key.port } : key),
    async clusterNameByHint(hint) {
      const isMember = fake.records.some((record) => formatKey(record.key) === hint);
      if (hint === CLUSTER || hint === ALIAS || isMember) return CLUSTER;
      throw new OrchestratorError('unknown-cluster', `Unable to determine cluster name. clusterHint=${hint}`);
    },
    analyse: async (options: AnalyseOptions) =>
      analyse(
        fake.records,
        contextOf(
          { reduceReplicationAnalysisCount: true },
          { includeNoProblem: false, includeDowntimed: false, ...options },
        ),
      ),
    async recover(key, options: RecoverOptions) {
      if (!fake.records.some((record) => sameKey(record.key, key)))
        throw new OrchestratorError('unknown-instance', `Cannot read instance: ${formatKey(key)}`);
      const candidate = options.candidate === null ? '' : ` to ${formatKey(options.candidate)}`;
      fake.calls.push(`recover ${formatKey(key)}${candidate}${options.skipHooks ? ' without hooks' : ''}`);
      noteManner('recover', options.manner);
      return fake.outcome;
    },
    planRecovery: async (key) => (sameKey(key, PRIMARY) ? PLAN : REFUSAL),
    explanations: () => [explanation],
    deposedPrimaries: async () => [
      {
        key: PRIMARY,
        serverUuid: null,
        serverId: 1,
        clusterName: CLUSTER,
        epoch: 1,
        successor: REPLICA,
        source: null,
        deposedAtMs: NOW_MS,
        fencedAtMs: null,
      },
    ],
    recoveries: async (filter) => (matches(filter) ? [RECOVERY] : []),
    detections: async (filter) => ((filter.page ?? 0) === 0 ? [DETECTION] : []),
    blockedRecoveries: async (name) =>
      name === null || name === CLUSTER
        ? [
            {
              key: PRIMARY,
              clusterName: CLUSTER,
              analysis: 'DeadMaster',
              lastBlockedAt: '2026-01-02 03:04:05',
              blockingRecoveryId: 7,
            },
          ]
        : [],
    recoverySteps: async (uid) =>
      uid === RECOVERY.uid ? [{ id: 1, uid, at: '2026-01-02 03:04:00', message: 'begun' }] : [],
    async acknowledge(filter, by, comment) {
      fake.calls.push(`acknowledge ${JSON.stringify(filter)} by ${by}: ${comment}`);
      return 2;
    },
    analysisChanges: async () => [
      { key: PRIMARY, at: '2026-01-02 03:00:00', analysis: 'NoProblem' },
      { key: PRIMARY, at: '2026-01-02 03:04:00', analysis: 'DeadMaster' },
      { key: REPLICA, at: '2026-01-02 03:00:00', analysis: 'NoProblem' },
    ],
    auditLog: async (filter) => [
      {
        auditId: 1,
        at: '2026-01-02 03:04:05',
        type: 'test',
        key: filter.key ?? PRIMARY,
        clusterName: CLUSTER,
        message: `page ${filter.page ?? 0}`,
      },
    ],
    async beginDowntime(key, owner, reason, durationSeconds) {
      fake.calls.push(`begin-downtime ${formatKey(key)} ${owner} ${reason} ${durationSeconds}`);
      setDowntime(key, { owner, reason, beginAtMs: NOW_MS, endAtMs: NOW_MS + durationSeconds * 1000 });
    },
    async endDowntime(key) {
      fake.calls.push(`end-downtime ${formatKey(key)}`);
      return setDowntime(key, null);
    },
    async setRecoveryDisabled(value) {
      fake.calls.push(`${value ? 'disable' : 'enable'}-global-recoveries`);
      disabled = value;
    },
    isRecoveryDisabled: async () => disabled,
    async catchUp(request) {
      fake.caughtUp.push(request);
    },
    isActiveNode: () => fake.isLeader,
    discoveryQueues: () => ({ healthy: { queued: 2, active: 1, rejected: 0 }, dead: null }),
    health: async () => ({
      isHealthy: fake.healthError === null,
      hostname: 'node1',
      token: 'token1',
      isActiveNode: fake.isLeader,
      activeNode: NODE,
      availableNodes: [NODE],
      error: fake.healthError,
    }),
    onLiveEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      fake.closed = true;
    },
  };
  return fake;
}
