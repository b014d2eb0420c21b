import { OrchestratorError } from '../../model/error.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import type { OperationPlan } from '../../plan/operations/input.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import type { Step } from '../../plan/plan.ts';
import type { ExecutionContext, Executor } from '../executor/executor.ts';
import { isPassed } from '../executor/remainder.ts';
import { type PlanOutcome, runPlan, type ServerTrouble } from '../executor/run-plan.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { AuditStore, Clock, Leadership, Logger, OperationRecord, Store } from '../ports.ts';
import type { PseudoGtid } from '../pseudo-gtid/answers.ts';
import type { AfterOperation, OperationEnd } from './after-operation.ts';
import { correlateFor } from './correlate.ts';
import { rememberEquivalences } from './equivalences.ts';
import { writeJournal } from './journal.ts';
import { lockServers, unlockServers } from './locks.ts';
import type { OperationOutcome, RecoveryGate } from './outcome.ts';
import { failureSentence } from './sentences.ts';
import { awaitReplicating, replicatingOf } from './settle.ts';
import { changedSince, ringAhead, type Standing } from './standing.ts';

export interface RunnerDeps {
  readonly executor: Executor;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leadership: Leadership;
  readonly store: Pick<Store, 'operations' | 'maintenance' | 'equivalences'>;
  readonly auditLog: AuditStore;
  newUid(): string;
  /** Reads a server now and takes it in; false when it did not answer. */
  readNow(key: InstanceKey): Promise<boolean>;
  /** Finds places of one log in another. */
  readonly pseudoGtid: Pick<PseudoGtid, 'correlate'>;
  /** A recovery has this server's cluster; operations stand back. */
  isBeingRecovered(key: InstanceKey): boolean;
  /** A failover has replaced it, and it is kept from taking writes. */
  isDeposed(key: InstanceKey): boolean;
  /** Maintenance and the like were changed: whoever mirrors them reads again. */
  onIntentChanged(): Promise<void>;
  readonly afterwards: AfterOperation;
}

export interface RunnerSettings {
  /** Name of this process, as recoveries know it. */
  readonly owner: string;
  /** MaxConcurrentReplicaOperations. */
  readonly maxConcurrent: number;
}

/** One operation that is being done, or taken back. */
export interface Run {
  readonly record: OperationRecord;
  readonly plan: OperationPlan;
  readonly by: string;
  readonly begun: Step[];
  readonly stop: AbortController;
  /** Another process began it, and died. */
  readonly isLeftBehind?: true;
  /** Whoever ordered it wants to hear of each step as well. */
  readonly tell?: StepListener;
  /** The recovery that it is part of; absent = a person's request. */
  readonly recovery?: RecoveryGate;
}

/** Told of what is done, one sentence each. */
export type StepListener = (message: string) => void;

/** Does one plan: locks, journal, steps, compensation, unlock. */
export interface Runner {
  /** `seen`: how things stood when the plan was made. */
  execute(
    request: OperationRequest,
    made: { readonly plan: OperationPlan; readonly seen: Standing },
    by: string,
    signal: AbortSignal,
    tell?: StepListener,
    recovery?: RecoveryGate,
  ): Promise<OperationOutcome>;
  /** Goes on with an operation that another process left, from where it was left; its servers are locked. */
  resume(run: Run, notes: ExecutionContext['notes'], signal: AbortSignal): Promise<OperationOutcome>;
  /** What others did since a plan was made (`seen`: as things stood then), or are about to do, that forbids it now. */
  objectionNow(plan: OperationPlan, uid: string, seen: Standing | null): Promise<string | null>;
  /** The context in which steps of a run are taken back. */
  undoing(run: Run, notes: ExecutionContext['notes']): ExecutionContext;
  audit(run: Run, message: string): void;
  /** Everything the plan touched is read once more, so that the answer and the fleet show what is. */
  readAgain(plan: OperationPlan): Promise<void>;
  /** Frees the servers, does what comes after, and forgets the operation. */
  conclude(run: Run, notes: ExecutionContext['notes'], end: OperationEnd): Promise<OperationEnd>;
  /** The answer for what became of a plan. */
  outcomeOf(
    plan: OperationPlan,
    outcome: PlanOutcome,
    isAborted: boolean,
    notes: ExecutionContext['notes'],
  ): OperationEnd;
  readonly running: ReadonlyMap<string, Run>;
  /** Operations of ours that ended in doubt (uid): they are unfinished like those of a process that died. */
  readonly left: ReadonlySet<string>;
}

export function createRunner(deps: RunnerDeps, settings: RunnerSettings): Runner {
  const { fleet, clock, logger, store } = deps;
  const running = new Map<string, Run>();
  const left = new Set<string>();

  function audit(run: Run, message: string): void {
    const { clusterName, purpose, uid } = run.record;
    logger.info({ uid, cluster: clusterName, operation: purpose, step: message }, 'operation step');
    run.tell?.(message);
    deps.auditLog
      .write('operation', run.plan.subject, clusterName, `${purpose}: ${message}`)
      .catch((thrown) => logger.error({ err: thrown, uid }, 'a step of an operation could not be audited'));
  }

  /** May a step be sent now? A recovery has precedence, and does not want its servers changed under its hands. */
  const gateOf =
    (run: Run) =>
    async (step: Step): Promise<string | null> => {
      if (!deps.leadership.isLeader()) return 'this node does not lead any more';
      const { recovery } = run;
      const objection = (await recovery?.gate()) ?? null;
      if (objection !== null) return objection;
      const isOwn = (key: InstanceKey): boolean => recovery !== undefined && sameKey(recovery.failed, key);
      const recovered = [step.server, ...run.plan.locks].find((key) => !isOwn(key) && deps.isBeingRecovered(key));
      return recovered === undefined ? null : `a recovery of the cluster of ${formatKey(recovered)} is under way`;
    };

  const saveJournal = (run: Run, notes: ExecutionContext['notes']): Promise<void> =>
    store.operations.saveJournal(run.record.uid, writeJournal(run.plan, run.begun, notes));

  function undoing(run: Run, notes: ExecutionContext['notes']): ExecutionContext {
    // Taking back is not stopped by what stopped the doing.
    const { signal } = new AbortController();
    return {
      instanceOf: ({ server }) => fleet.recordOf(server)?.instance ?? null,
      onReading: fleet.answered,
      gate: gateOf(run),
      audit: (message) => audit(run, message),
      signal,
      maxLanes: settings.maxConcurrent,
      notes,
      correlate: correlateFor({ recordOf: fleet.recordOf, pseudoGtid: deps.pseudoGtid }, signal, requestOf(run).search),
      // Taken back a second time, after our death, a step could undo what its server did since.
      onUndone: async (step) => {
        const index = run.begun.lastIndexOf(step);
        if (index < 0 || isWitness(run, step)) return;
        run.begun.splice(index, 1);
        await saveJournal(run, notes).catch((thrown) =>
          logger.error({ err: thrown, uid: run.record.uid }, 'the journal of an operation could not be written'),
        );
      },
    };
  }

  /** The steps are written down before they are done, so that our next start knows what to take back. */
  function doing(run: Run, undo: ExecutionContext, signal: AbortSignal): ExecutionContext {
    return {
      ...undo,
      signal,
      correlate: correlateFor({ recordOf: fleet.recordOf, pseudoGtid: deps.pseudoGtid }, signal, requestOf(run).search),
      onBegin: async (step) => {
        if (!run.begun.includes(step)) run.begun.push(step);
        await saveJournal(run, undo.notes);
      },
    };
  }

  function newRun(request: OperationRequest, plan: OperationPlan, by: string, tell?: StepListener): Run {
    const record: OperationRecord = {
      uid: deps.newUid(),
      clusterName: plan.clusterName,
      purpose: plan.purpose,
      requestedBy: by,
      owner: settings.owner,
      requestJson: JSON.stringify(request),
      planJson: JSON.stringify(plan),
      journalJson: writeJournal(plan, [], new Map()),
      maintenanceIds: [],
      startedAtMs: clock.now(),
    };
    return { record, plan, by, begun: [], stop: new AbortController(), ...(tell === undefined ? {} : { tell }) };
  }

  async function doPlan(run: Run, notes: ExecutionContext['notes'], signal: AbortSignal): Promise<OperationEnd> {
    await store.operations.save(run.record);
    await deps.onIntentChanged();
    for (const reason of run.plan.reasons) audit(run, reason);
    const undo = undoing(run, notes);
    const replicated = replicatingOf(touchedBy(run.plan), fleet);
    const outcome = await runPlan(run.plan, deps.executor, doing(run, undo, signal), undo, [...run.begun]);
    if (outcome.kind === 'done')
      await rememberEquivalences(run.begun, undo.notes, store.equivalences).catch((thrown) =>
        logger.error({ err: thrown, uid: run.record.uid }, 'equal places in logs could not be stored'),
      );
    await readAgain(run.plan);
    if (outcome.kind === 'failed') {
      const isLeft = (key: InstanceKey): boolean => outcome.leftovers.some(({ server }) => sameKey(server, key));
      const back = replicated.filter((key) => !isLeft(key));
      await awaitReplicating(back, { clock, recordOf: fleet.recordOf, readNow: deps.readNow }, signal);
    }
    const result = toBeSettled(run, outcomeOf(run.plan, outcome, signal.aborted, notes));
    audit(run, result.kind === 'failed' ? `failed: ${result.reason}` : `done by ${run.by}`);
    return result;
  }

  function outcomeOf(
    plan: OperationPlan,
    outcome: PlanOutcome,
    isAborted: boolean,
    notes: ExecutionContext['notes'] = new Map(),
  ): OperationEnd {
    if (outcome.kind === 'failed') {
      const { isUnreached = false, isInDoubt = false, leftovers } = outcome;
      return { kind: 'failed', plan, reason: failureSentence(outcome), isAborted, isUnreached, isInDoubt, leftovers };
    }
    const failed = new Set(outcome.failed.map(({ server }) => formatKey(server)));
    const subject = fleet.recordOf(plan.subject);
    if (subject === null)
      throw new OrchestratorError('unknown-instance', `${formatKey(plan.subject)} was forgotten meanwhile`);
    const moved = plan.moved.filter((key) => !failed.has(formatKey(key))).flatMap((key) => fleet.recordOf(key) ?? []);
    return { kind: 'done', plan, subject, moved, notes, failed: outcome.failed, leftovers: outcome.leftovers };
  }

  /** What is in doubt says how a person settles it. */
  function toBeSettled({ record: { uid } }: Run, end: OperationEnd): OperationEnd {
    if (end.kind !== 'failed' || end.isInDoubt !== true) return end;
    const how = `once all of them answer, undo-operation ${uid} takes the rest back, or finish-operation goes on`;
    return { ...end, reason: `${end.reason}; ${how}` };
  }

  async function readAgain(plan: OperationPlan): Promise<void> {
    const unique = new Map([...touchedBy(plan), plan.subject].map((key) => [formatKey(key), key]));
    await Promise.all([...unique.values()].map(deps.readNow));
  }

  async function free({ maintenanceIds }: OperationRecord): Promise<void> {
    await unlockServers(maintenanceIds, store.maintenance);
    await deps.onIntentChanged();
  }

  async function close(record: OperationRecord): Promise<void> {
    await unlockServers(record.maintenanceIds, store.maintenance);
    await store.operations.close(record.uid);
    await deps.onIntentChanged();
  }

  /** It stays to be finished or undone, as if we had died over it; recoveries and others may go on. */
  async function leave(record: OperationRecord): Promise<void> {
    left.add(record.uid);
    await free(record);
  }

  function afterwards(run: Run, notes: ExecutionContext['notes'], end: OperationEnd): ReturnType<AfterOperation> {
    const { record, isLeftBehind = false } = run;
    const { uid } = record;
    const complain = (thrown: unknown): void =>
      logger.error({ err: thrown, uid }, 'what comes after an operation could not be done in full');
    return deps
      .afterwards({
        request: requestOf(run),
        end,
        isLeftBehind,
        audit: (message) => audit(run, message),
        remember: (request) =>
          store.operations
            .save({
              ...record,
              requestJson: JSON.stringify(request),
              journalJson: writeJournal(run.plan, run.begun, notes),
            })
            .catch(complain),
      })
      .catch((thrown) => {
        complain(thrown);
        return [];
      });
  }

  /** What was done is forgotten last: should we die meanwhile, what comes after it is still to be done. What was taken back is not gone on with. */
  async function conclude(run: Run, notes: ExecutionContext['notes'], end: OperationEnd): Promise<OperationEnd> {
    if (end.kind === 'failed') {
      if (end.isInDoubt === true) await leave(run.record);
      else await close(run.record);
      await afterwards(run, notes, end);
      return end;
    }
    let troubles: readonly ServerTrouble[] = [];
    try {
      await free(run.record);
    } finally {
      troubles = await afterwards(run, notes, end);
    }
    await store.operations.close(run.record.uid);
    return { ...end, leftovers: [...end.leftovers, ...troubles] };
  }

  /** What others did since the plan was made, or are about to do, that forbids it; its servers are locked. */
  async function objectionNow(plan: OperationPlan, uid: string, seen: Standing | null): Promise<string | null> {
    const standing = { recordOf: fleet.recordOf, readNow: deps.readNow, readOpen: store.operations.readOpen };
    const changed = seen === null ? null : await changedSince(plan, seen, standing);
    return changed ?? (await ringAhead(plan, uid, seen, standing));
  }

  async function carryOut(run: Run, notes: ExecutionContext['notes'], signal: AbortSignal): Promise<OperationOutcome> {
    running.set(run.record.uid, run);
    left.delete(run.record.uid);
    let end: OperationEnd;
    try {
      end = await doPlan(run, notes, AbortSignal.any([signal, run.stop.signal]));
    } catch (thrown) {
      // What was begun must be finished or undone, by whomever: it is not forgotten.
      if (run.begun.length > 0) await leave(run.record);
      else await close(run.record);
      throw thrown;
    } finally {
      running.delete(run.record.uid);
    }
    return conclude(run, notes, end);
  }

  return {
    running,
    left,
    audit,
    undoing,
    readAgain,
    conclude,
    outcomeOf,
    async execute(request, { plan, seen }, by, signal, tell, recovery) {
      if (plan.stages.length === 0) return outcomeOf(plan, { kind: 'done', failed: [], leftovers: [] }, false);
      const plain = newRun(request, plan, by, tell);
      const begun = recovery === undefined ? plain : { ...plain, recovery };
      // Before the locks: one whose operation nobody knows would stand until it expires.
      await store.operations.save(begun.record);
      let { record } = begun;
      let objection: string | null;
      try {
        const lock = await lockServers(plan.locks, by, plan.purpose, store.maintenance);
        if (lock.kind === 'locked') record = { ...record, maintenanceIds: lock.maintenanceIds };
        objection = lock.kind === 'held' ? lock.sentence : await objectionNow(plan, record.uid, seen);
      } catch (thrown) {
        await close(record);
        throw thrown;
      }
      if (objection === null) return carryOut({ ...begun, record }, new Map(), signal);
      await close(record);
      return refused(plan, objection);
    },
    objectionNow,
    resume: carryOut,
  };
}

/** All that tells that a point of no return was passed: without it, whoever comes after us would take that back, too. */
const isWitness = ({ plan, begun }: Run, step: Step): boolean =>
  isPassed(plan, begun) &&
  !isPassed(
    plan,
    begun.filter((one) => one !== step),
  );

const requestOf = ({ record }: Run): OperationRequest => JSON.parse(record.requestJson) as OperationRequest;

const touchedBy = ({ stages }: OperationPlan): readonly InstanceKey[] =>
  stages.flatMap(({ lanes }) => lanes.map(({ server }) => server));

export function refused({ purpose, clusterName }: OperationPlan, reason: string): OperationOutcome {
  return { kind: 'refused', refusal: { kind: 'refusal', purpose, clusterName, reason, objections: [] } };
}
