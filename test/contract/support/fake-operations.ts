import type { OperationOutcome, UnfinishedOperation } from '../../../src/engine/operations/outcome.ts';
import type { Orchestrator } from '../../../src/engine/use-cases.ts';
import { OrchestratorError } from '../../../src/model/error.ts';
import { formatKey, type InstanceKey, sameKey } from '../../../src/model/instance-key.ts';
import { replicasOf, type ServerRecord } from '../../../src/model/server-record.ts';
import { expectedRecords, recordsConcerned } from '../../../src/plan/operations/expected.ts';
import type { OperationPlan } from '../../../src/plan/operations/input.ts';
import type { OperationRequest } from '../../../src/plan/operations/request.ts';
import type { Refusal, Step } from '../../../src/plan/plan.ts';

/** What tests turn of the invented operations. */
export interface FakeOperationsState {
  records: readonly ServerRecord[];
  readonly calls: string[];
  /** When set, every operation is refused so. */
  refusal: Refusal | null;
  /** When set, every operation ends so. */
  failure: string | null;
  /** Of the servers that would be moved these fail. */
  stubborn: readonly InstanceKey[];
}

const UNFINISHED: UnfinishedOperation = {
  uid: 'op-1',
  clusterName: '10.0.0.1:1',
  purpose: 'move 10.0.0.1:13 below 10.0.0.1:11',
  requestedBy: 'ann',
  startedAtMs: 0,
  owner: 'node1:42',
  touched: [{ hostname: '10.0.0.1', port: 13 }],
};

const GROUPS = /replicas|siblings/;

function step(server: InstanceKey, below: InstanceKey | null): Step {
  return {
    id: `act ${formatKey(server)}`,
    server,
    action: { kind: 'command', command: { kind: 'stop-receiver' } },
    requires: null,
    ensures: below === null ? { kind: 'receiver-stopped' } : { kind: 'replicating-from', source: below },
    deadlineMs: 1000,
    isDestructive: false,
    undo: [],
    unless: null,
    why: 'it is asked for',
  };
}

/** As the planner says it. */
const withoutReplicas = (name: string): Refusal => ({
  kind: 'refusal',
  purpose: `regroup the replicas of ${name}`,
  clusterName: '10.0.0.1:1',
  reason: `No replicas found for ${name}`,
  objections: [{ subject: name, rule: 'no-replicas', explanation: `No replicas found for ${name}` }],
});

/** A plan for anything: the server, or its replicas, come below the destination, or below the source's source. */
function inventPlan(request: OperationRequest, records: readonly ServerRecord[]): OperationPlan {
  const { kind, instance, destination } = request;
  const source = (key: InstanceKey): InstanceKey | null =>
    records.find((record) => sameKey(record.key, key))?.instance?.replication?.source ?? null;
  const isGroup = GROUPS.test(kind);
  const of = kind === 'take-siblings' ? (source(instance) ?? instance) : instance;
  const replicas = replicasOf(of, records)
    .map(({ key }) => key)
    .filter((key) => new RegExp(request.pattern ?? '').test(formatKey(key)));
  const isRegroup = kind.startsWith('regroup');
  const promoted = isRegroup ? (replicas[0] ?? null) : null;
  const own = kind === 'take-siblings' || kind === 'repoint-replicas' ? instance : source(instance);
  const target = isRegroup ? promoted : (destination ?? own);
  const moved = isGroup ? replicas.filter((key) => target === null || !sameKey(key, target)) : [instance];
  const changesSource = /move|relocate|repoint|match|take|regroup|make/.test(kind) && target !== null;
  return {
    kind: 'plan',
    purpose: `${kind} ${formatKey(instance)}`,
    clusterName: '10.0.0.1:1',
    reasons: ['somebody asked for it'],
    stages: [
      {
        name: 'act',
        lanes: moved.map((server) => ({ server, isRequired: !isGroup, steps: [step(server, target)] })),
      },
    ],
    locks: moved,
    effects: changesSource ? moved.map((server) => ({ kind: 'source', server, source: target })) : [],
    moved,
    subject: isGroup && target !== null ? target : instance,
    method: 'gtid',
  };
}

export function fakeOperations(state: FakeOperationsState): Orchestrator['operations'] {
  const plan = async (request: OperationRequest): Promise<OperationPlan | Refusal> => {
    const hasNoReplicas =
      request.kind.startsWith('regroup') && replicasOf(request.instance, state.records).length === 0;
    return (
      state.refusal ??
      (hasNoReplicas ? withoutReplicas(formatKey(request.instance)) : inventPlan(request, state.records))
    );
  };
  const recordOf = (key: InstanceKey): ServerRecord => {
    const found = state.records.find((record) => sameKey(record.key, key));
    if (found === undefined) throw new Error(`${formatKey(key)} is not invented`);
    return found;
  };
  const end = (made: OperationPlan): OperationOutcome => {
    if (state.failure !== null)
      return { kind: 'failed', plan: made, reason: state.failure, isAborted: false, leftovers: [] };
    const isStubborn = (key: InstanceKey): boolean => state.stubborn.some((one) => sameKey(one, key));
    const effects = made.effects.filter(({ server }) => !isStubborn(server));
    state.records = expectedRecords({ ...made, effects }, state.records);
    return {
      kind: 'done',
      plan: made,
      subject: recordOf(made.subject),
      moved: made.moved.filter((key) => !isStubborn(key)).map(recordOf),
      failed: made.moved.filter(isStubborn).map((server) => ({ server, reason: 'it will not' })),
      leftovers: [],
    };
  };
  const open = (uid: string): UnfinishedOperation => {
    if (uid !== UNFINISHED.uid)
      throw new OrchestratorError('unknown-operation', `there is no unfinished operation ${uid}`);
    return UNFINISHED;
  };
  return {
    plan,
    async preview(request) {
      const made = await plan(request);
      if (made.kind === 'refusal') return made;
      const before = recordsConcerned(made, state.records);
      const steps = made.stages.flatMap(({ name, lanes }) =>
        lanes.flatMap((lane) =>
          lane.steps.map((one) => ({
            stage: name,
            server: one.server,
            statements: ['STOP REPLICA IO_THREAD'],
            why: one.why,
            requires: one.requires,
            waitsFor: one.ensures,
            isDestructive: one.isDestructive,
            hasWayBack: one.undo.length > 0,
          })),
        ),
      );
      return { kind: 'preview', plan: made, steps, before, after: expectedRecords(made, before) };
    },
    async run(request, by) {
      const { kind, instance, destination, ...rest } = request;
      const words = [kind, formatKey(instance), ...(destination === null ? [] : [formatKey(destination)])];
      const extras = Object.entries(rest).map(
        ([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
      );
      state.calls.push([...words, ...extras, `by ${by}`].join(' '));
      const made = await plan(request);
      return made.kind === 'refusal' ? { kind: 'refused', refusal: made } : end(made);
    },
    underWay: () => [UNFINISHED].map(({ owner: _, touched: __, ...running }) => running),
    abort(uid) {
      state.calls.push(`abort ${uid}`);
      return uid === UNFINISHED.uid;
    },
    unfinished: async () => [UNFINISHED],
    async finish(uid, by) {
      state.calls.push(`finish ${open(uid).uid} by ${by}`);
      const server = (port: number): InstanceKey => ({ hostname: '10.0.0.1', port });
      return end(inventPlan({ kind: 'relocate', instance: server(13), destination: server(11) }, state.records));
    },
    async undo(uid, by) {
      state.calls.push(`undo ${open(uid).uid} by ${by}`);
      return [];
    },
  };
}
