import type { ReplicationCredentials } from '../../model/command.ts';
import type { Instance } from '../../model/instance.ts';
import { type InstanceKey, sameKey } from '../../model/instance-key.ts';
import { isRecentlyChecked } from '../../model/problems.ts';
import { notWaitingFor } from '../../plan/not-waiting-for.ts';
import type { OperationInput, OperationPlan, OperationSettings } from '../../plan/operations/input.ts';
import { planOperation } from '../../plan/operations/plan-operation.ts';
import { MOVE_METHODS, type OperationRequest } from '../../plan/operations/request.ts';
import type { Refusal } from '../../plan/plan.ts';
import { createExecutor } from '../executor/executor.ts';
import { isAboutNames, withNamesVerified } from '../names/names-in-plan.ts';
import type { NameVerifier } from '../names/verify-name.ts';
import type { Servers } from '../ports.ts';
import { credentialsOf, gatherEvidence } from './evidence.ts';
import { type GatherDeps, readParticipants, readSourceLast } from './gather.ts';
import { createLeftBehind } from './left-behind.ts';
import type { OperationOutcome, OperationUseCases, RecoveryGate } from './outcome.ts';
import { previewOf } from './preview.ts';
import { createRunner, type RunnerDeps, type RunnerSettings, type StepListener } from './runner.ts';
import { type Standing, standingOf } from './standing.ts';

export interface OperationsDeps extends Omit<RunnerDeps, 'executor'> {
  readonly servers: Servers;
  isOwnerAlive(owner: string): boolean;
  readonly verifyName: NameVerifier;
  /** Asks the backend: a single command does not watch who was replaced. */
  wasReplaced(key: InstanceKey): Promise<boolean>;
}

export interface OperationsSettings extends RunnerSettings {
  readonly planning: OperationSettings;
  /** MySQLReplicationUser and MySQLReplicationPassword; null when not configured. */
  readonly replicationCredentials: ReplicationCredentials | null;
}

/** The use cases, and how to end them. */
export interface Operations extends OperationUseCases {
  /** True while an operation that is under way here has steps for this server. */
  isChanging(key: InstanceKey): boolean;
  /** Stops those under way, waits until they have taken back what they began. */
  close(): Promise<void>;
}

/** A plan, and how its servers stood when it was made. */
interface Planned {
  readonly made: OperationPlan | Refusal;
  readonly seen: Standing;
}

/** Rearranging a topology at a person's word: read → plan → lock → stage by stage → unlock (runner.ts). */
export function createOperations(deps: OperationsDeps, settings: OperationsSettings): Operations {
  const { fleet, clock, store, servers } = deps;
  const executor = createExecutor(deps);
  const runner = createRunner({ ...deps, executor }, settings);
  const closing = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  const gatherDeps: GatherDeps = {
    servers,
    equivalences: store.equivalences,
    recordOf: fleet.recordOf,
    records: fleet.records,
    readNow: deps.readNow,
    wasReplaced: deps.wasReplaced,
    isRecent(key) {
      const record = fleet.recordOf(key);
      return record !== null && isRecentlyChecked(record, settings.planning, clock.now());
    },
  };
  const leftBehind = createLeftBehind({
    ...deps,
    executor,
    runner,
    store,
    owner: settings.owner,
    credentialsFor: ({ server }) =>
      credentialsOf(clusterMates(fleet, server), servers, settings.replicationCredentials),
  });

  async function inputOf(request: OperationRequest): Promise<OperationInput> {
    await readParticipants(request, gatherDeps);
    const evidence = await gatherEvidence(request, gatherDeps, settings.replicationCredentials);
    await readSourceLast(request, gatherDeps);
    return { request, records: fleet.records(), nowMs: clock.now(), settings: settings.planning, evidence };
  }

  /** With how things stood when it was made: to make sure of names takes time, in which others may end what they do. */
  async function planAsSeen(request: OperationRequest): Promise<Planned> {
    const made = planOperation(await inputOf(request));
    if (made.kind === 'refusal') return { made, seen: new Map() };
    const seen = standingOf(made, fleet);
    return { made: await withNamesVerified(made, request, fleet.records(), deps.verifyName), seen };
  }

  const plan = async (request: OperationRequest): Promise<OperationPlan | Refusal> => (await planAsSeen(request)).made;

  /** A recovery does not wait until names are put right: it goes by the servers' own. */
  async function planFor(
    request: OperationRequest,
    recovery: RecoveryGate | undefined,
    tell?: StepListener,
  ): Promise<Planned> {
    const planned = await planAsSeen(request);
    const { made } = planned;
    if (recovery === undefined || made.kind !== 'refusal' || !isAboutNames(made)) return planned;
    for (const { explanation } of made.objections) tell?.(explanation);
    return planAsSeen({ ...request, ignoresVirtualNames: true });
  }

  /** As part of a recovery no way back waits for the server that is being recovered, where it does not answer. */
  function asPartOf(recovery: RecoveryGate | undefined, made: OperationPlan): OperationPlan {
    if (recovery === undefined || fleet.recordOf(recovery.failed)?.check.failure === null) return made;
    return notWaitingFor(made, recovery.failed);
  }

  /** A smart move whose way failed, and was taken back whole, is tried by the next way; not one that was stopped. */
  async function runSmart(
    request: OperationRequest,
    by: string,
    signal: AbortSignal,
    tell?: StepListener,
    recovery?: RecoveryGate,
  ): Promise<OperationOutcome> {
    const { made: planned, seen } = await planFor(request, recovery, tell);
    if (planned.kind === 'refusal') return { kind: 'refused', refusal: planned };
    const made = asPartOf(recovery, planned);
    const outcome = await runner.execute(request, { plan: made, seen }, by, signal, tell, recovery);
    if (outcome.kind !== 'failed' || outcome.leftovers.length > 0 || outcome.isAborted) return outcome;
    // Every way ends with the same connection.
    if (outcome.isUnreached === true) return outcome;
    const method = MOVE_METHODS.find((one) => one === made.method);
    if (request.kind !== 'relocate' || method === undefined) return outcome;
    const without = [...(request.without ?? []), method];
    const next = await runSmart({ ...request, without }, by, signal, tell, recovery);
    if (next.kind === 'done') return next;
    if (next.kind === 'refused')
      return { ...outcome, reason: `${outcome.reason}; no other way: ${withObjections(next.refusal)}` };
    return { ...next, reason: `${outcome.reason}; then ${next.reason}` };
  }

  const track = <T>(work: Promise<T>): Promise<T> => {
    underWay.add(work);
    const done = (): unknown => underWay.delete(work);
    work.then(done, done);
    return work;
  };
  const stopBy = (signal?: AbortSignal): AbortSignal =>
    signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);

  return {
    plan,
    async preview(request) {
      const made = await plan(request);
      return made.kind === 'refusal' ? made : previewOf(made, { servers, fleet });
    },
    run: (request, by, signal, tell, recovery) => track(runSmart(request, by, stopBy(signal), tell, recovery)),
    underWay: () =>
      [...runner.running.values()].map(({ record: { uid, clusterName, purpose, requestedBy, startedAtMs } }) => ({
        uid,
        clusterName,
        purpose,
        requestedBy,
        startedAtMs,
      })),
    isChanging: (key) =>
      [...runner.running.values()].some(({ plan: { stages } }) =>
        stages.some(({ lanes }) => lanes.some(({ server }) => sameKey(server, key))),
      ),
    abort(uid) {
      const run = runner.running.get(uid);
      run?.stop.abort();
      return run !== undefined;
    },
    unfinished: leftBehind.unfinished,
    finish: (uid, by) => track(leftBehind.finish(uid, by, closing.signal)),
    undo: (uid, by) => track(leftBehind.undo(uid, by)),
    async close() {
      closing.abort();
      await Promise.allSettled([...underWay]);
    },
  };
}

/** The refusal with what each way that was not tried objected. */
function withObjections({ reason, objections }: Refusal): string {
  const untried = objections.filter(({ rule }) => rule !== 'tried-before');
  return [reason, ...untried.map(({ subject, explanation }) => `not by ${subject}: ${explanation}`)].join('; ');
}

/** The readings of a server and of all others of its cluster: any of them may know the replication account. */
function clusterMates(fleet: OperationsDeps['fleet'], key: InstanceKey): readonly Instance[] {
  const record = fleet.recordOf(key);
  const mates = record === null ? [] : fleet.recordsOfCluster(record.position.clusterName);
  return [record, ...mates].flatMap((one) => one?.instance ?? []);
}
