import type { ReplicationCredentials } from '../../model/command.ts';
import { OrchestratorError } from '../../model/error.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { OperationPlan } from '../../plan/operations/input.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import type { Lane, Noted, Plan, Stage, Step } from '../../plan/plan.ts';
import { isPassed, revocable } from '../executor/remainder.ts';
import { compensate, type ServerTrouble } from '../executor/run-plan.ts';
import type { OperationRecord, Store } from '../ports.ts';
import type { OperationEnd } from './after-operation.ts';
import { readJournal } from './journal.ts';
import { lockServers, unlockLeft, unlockServers } from './locks.ts';
import type { OperationOutcome, UnfinishedOperation } from './outcome.ts';
import { type Run, type Runner, type RunnerDeps, refused } from './runner.ts';
import { leftoverSentence } from './sentences.ts';
import { handoverAhead, openedMeanwhile, succeededMeanwhile } from './succeeded.ts';

export interface LeftBehindDeps extends Pick<RunnerDeps, 'executor' | 'fleet' | 'readNow' | 'isDeposed'> {
  readonly runner: Runner;
  readonly store: Pick<Store, 'operations' | 'maintenance'>;
  /** Name of this process. */
  readonly owner: string;
  isOwnerAlive(owner: string): boolean;
  /** The replication account as it can be had now; a password is never stored. */
  credentialsFor(step: Step): Promise<ReplicationCredentials | null>;
}

/** Operations whose process died in the middle: told, and finished or taken back at a person's word. */
export interface LeftBehind {
  unfinished(): Promise<readonly UnfinishedOperation[]>;
  /** Goes on where it was left; when that fails, all of it is taken back. */
  finish(uid: string, by: string, signal: AbortSignal): Promise<OperationOutcome>;
  undo(uid: string, by: string): Promise<readonly ServerTrouble[]>;
}

/** An operation as its process left it, and who that was. */
interface Left {
  readonly run: Run;
  readonly notes: Map<string, Noted>;
  readonly formerOwner: string;
}

export function createLeftBehind(deps: LeftBehindDeps): LeftBehind {
  const { runner, store, executor } = deps;

  const isLeft = ({ uid, owner }: OperationRecord): boolean => !deps.isOwnerAlive(owner) || runner.left.has(uid);

  async function readLeft(uid: string): Promise<OperationRecord> {
    const open = (await store.operations.readOpen()).find((one) => one.uid === uid);
    if (open === undefined) throw new OrchestratorError('unknown-operation', `there is no unfinished operation ${uid}`);
    if (isLeft(open)) return open;
    const sentence = `operation ${uid} (${open.purpose}) is still run by ${open.owner}`;
    throw new OrchestratorError('operation-running', sentence);
  }

  /** Makes it ours, once everything that is needed for it is at hand. `isNeeded`: which steps must be able to log in. */
  async function takeUp(uid: string, by: string, isNeeded: (step: Step, isUndo: boolean) => boolean): Promise<Left> {
    const left = await readLeft(uid);
    const stored = JSON.parse(left.planJson) as OperationPlan;
    await runner.readAgain(stored);
    const { begun: names } = readJournal(stored, left.journalJson);
    const ids = new Set(names.map(({ id }) => id));
    const plan = await withAccounts(stored, (step, isUndo) => isNeeded(step, isUndo) && (!isUndo || ids.has(step.id)));
    const { begun, notes } = readJournal(plan, left.journalJson);
    const record = await store.operations.claim(uid, left.owner, deps.owner);
    if (record === null)
      throw new OrchestratorError('unknown-operation', `operation ${uid} was taken over by another process`);
    return {
      run: { record, plan, by, begun: [...begun], stop: new AbortController(), isLeftBehind: true },
      notes,
      formerOwner: left.owner,
    };
  }

  /** A step as it was stored lacks the password of its account. */
  async function withAccount(step: Step): Promise<Step> {
    const { action } = step;
    if (action.kind !== 'command') return step;
    const { command } = action;
    if (command.kind !== 'change-source' && command.kind !== 'set-source-account') return step;
    if (command.credentials === null) return step;
    const credentials = await deps.credentialsFor(step);
    if (credentials !== null) return { ...step, action: { ...action, command: { ...command, credentials } } };
    throw new OrchestratorError(
      'no-credentials',
      `the replication account for ${formatKey(step.server)} is not known any more: set MySQLReplicationUser and MySQLReplicationPassword, then repeat`,
    );
  }

  /** Passwords for the steps that are needed; the others stay without. */
  async function withAccounts(
    plan: OperationPlan,
    isNeeded: (step: Step, isUndo: boolean) => boolean,
  ): Promise<OperationPlan> {
    const complete = async (step: Step): Promise<Step> => {
      const { action } = isNeeded(step, false) ? await withAccount(step) : step;
      const undo = isNeeded(step, true) ? await Promise.all(step.undo.map(withAccount)) : step.undo;
      return { ...step, action, undo };
    };
    const lanesOf = async (lane: Lane): Promise<Lane> => ({
      ...lane,
      steps: await Promise.all(lane.steps.map(complete)),
    });
    const stagesOf = async (stage: Stage): Promise<Stage> => ({
      ...stage,
      lanes: await Promise.all(stage.lanes.map(lanesOf)),
    });
    return { ...plan, stages: await Promise.all(plan.stages.map(stagesOf)) };
  }

  /** Its servers are locked for us; else why that cannot be, or why it must not be gone on with so. */
  async function lockAgain({ run }: Left, how: 'finish' | 'undo'): Promise<readonly number[] | string> {
    const { record, plan, by, begun } = run;
    await unlockLeft(record, plan.locks, store);
    const lock = await lockServers(plan.locks, by, plan.purpose, store.maintenance);
    if (lock.kind === 'held') return lock.sentence;
    const { recordOf, recordsOfCluster } = deps.fleet;
    const now = { ...deps, recordOf, recordsOfCluster };
    const { kind } = JSON.parse(record.requestJson) as OperationRequest;
    const opens = how === 'finish' && kind === 'make-master';
    const objection = opens ? await openedMeanwhile(plan, now) : await succeededMeanwhile(plan, begun, how, now);
    if (objection === null) return lock.maintenanceIds;
    await unlockServers(lock.maintenanceIds, store.maintenance);
    return objection;
  }

  /** It is left as it was found. */
  async function putBack({ run: { record }, formerOwner }: Left, locks: readonly number[]): Promise<void> {
    await unlockServers(locks, store.maintenance);
    await store.operations.claim(record.uid, deps.owner, formerOwner);
  }

  return {
    async unfinished() {
      const open = await store.operations.readOpen();
      return open.filter(isLeft).map(describe);
    },
    async finish(uid, by, signal) {
      const left = await takeUp(uid, by, () => true);
      const { record, plan } = left.run;
      const lock = await lockAgain(left, 'finish');
      const objection = typeof lock === 'string' ? lock : await runner.objectionNow(plan, uid, null);
      if (typeof lock !== 'string' && objection === null)
        return runner.resume({ ...left.run, record: { ...record, maintenanceIds: lock } }, left.notes, signal);
      await putBack(left, typeof lock === 'string' ? [] : lock);
      return refused(plan, objection ?? '');
    },
    async undo(uid, by) {
      const left = await takeUp(uid, by, (_step, isUndo) => isUndo);
      const { run, notes } = left;
      const { plan } = run;
      // Others are taken back without locks, as a recovery needs it: it does not wait for a maintenance.
      const lock = handoverAhead(plan, run.begun) === null ? [] : await lockAgain(left, 'undo');
      if (typeof lock === 'string') {
        await putBack(left, []);
        throw new OrchestratorError('not-undone', `${plan.purpose} is not taken back: ${lock}`);
      }
      const isForGood = isPassed(plan, run.begun);
      const back = await compensate([...revocable(plan, run.begun)], executor, runner.undoing(run, notes));
      const { leftovers, isInDoubt } = back;
      await runner.readAgain(plan);
      await unlockLeft(run.record, plan.locks, store);
      await unlockServers(lock, store.maintenance);
      const rest = leftovers.length === 0 ? '' : `, but for ${leftoverSentence(leftovers)}`;
      const reason = `taken back by ${by}${rest}`;
      runner.audit(run, reason);
      // What is behind a point of no return stands, and so does what comes after it.
      const end: OperationEnd = isForGood
        ? runner.outcomeOf(plan, { kind: 'done', failed: [], leftovers }, false, notes)
        : { kind: 'failed', plan, reason, isAborted: false, isInDoubt, leftovers };
      await runner.conclude(run, notes, end);
      return leftovers;
    },
  };
}

function describe(record: OperationRecord): UnfinishedOperation {
  const { uid, clusterName, purpose, requestedBy, owner, startedAtMs } = record;
  const { begun } = readJournal(JSON.parse(record.planJson) as Plan, record.journalJson);
  const touched = new Map(begun.map(({ server }) => [formatKey(server), server]));
  return { uid, clusterName, purpose, requestedBy, owner, startedAtMs, touched: [...touched.values()] };
}
