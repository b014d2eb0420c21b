import { messageOf } from '../../model/error.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import type { OperationOutcome, RecoveryGate, UnfinishedOperation } from '../operations/outcome.ts';
import type { RecoveryRun } from './run.ts';
import { isStoreFailure, type TraceDeps } from './traces.ts';

/** Operations of a recovery bear its name, so that whoever goes on with it finds them. */
const byOf = ({ uid }: RecoveryRun): string => `recovery ${uid}`;

const gateOf = (run: RecoveryRun, { store }: TraceDeps): RecoveryGate => ({
  failed: run.intent.failed,
  async gate() {
    const epoch = await store.currentEpoch(run.intent.clusterName);
    return epoch === run.intent.epoch ? null : `a later recovery of the cluster has begun (epoch ${epoch})`;
  },
});

/** One operation as part of a recovery: with its locks, journal and compensation, gated by its epoch, in the manner that was ordered. */
export async function runOperation(
  run: RecoveryRun,
  request: OperationRequest,
  deps: TraceDeps,
): Promise<OperationOutcome> {
  const tell = (message: string): void => deps.audit(run, message);
  const outcome = await deps
    .operations()
    .run({ ...request, ...run.manner }, byOf(run), undefined, tell, gateOf(run, deps));
  if (outcome.kind === 'refused') deps.audit(run, `Not done: ${outcome.refusal.reason}`);
  else if (outcome.kind === 'done') for (const { reason } of outcome.failed) deps.audit(run, reason);
  return outcome;
}

/** The operations of this recovery that a process which died left in the middle. */
export async function leftBehind(run: RecoveryRun, deps: TraceDeps): Promise<readonly UnfinishedOperation[]> {
  return (await deps.operations().unfinished()).filter(({ requestedBy }) => requestedBy === byOf(run));
}

/** What a process that died left of this recovery's operations is taken back: the recovery must not be done any more. */
export async function takeBackLeftBehind(run: RecoveryRun, deps: TraceDeps): Promise<void> {
  if (!run.isResumed) return;
  for (const { uid, purpose } of await leftBehind(run, deps)) {
    const troubles = await deps.operations().undo(uid, byOf(run));
    const rest = troubles.map(({ reason }) => `; ${reason}`).join('');
    deps.audit(run, `${purpose}, left unfinished: taken back${rest}`);
  }
}

/** What a process that died left of this recovery's operations is finished first, or taken back where that fails. */
export async function finishLeftBehind(run: RecoveryRun, deps: TraceDeps): Promise<void> {
  if (!run.isResumed) return;
  for (const { uid, purpose } of await leftBehind(run, deps)) {
    const objection = await finishOne(uid, purpose, run, deps);
    if (objection === null) continue;
    const troubles = await deps.operations().undo(uid, byOf(run));
    const rest = troubles.map(({ reason }) => `; ${reason}`).join('');
    deps.audit(run, `${purpose}, left unfinished: taken back, since ${objection}${rest}`);
  }
}

/**
 * Why one could not be gone on with, and is unfinished still; null when that is not so.
 * @throws OrchestratorError when the backend is away: then the recovery rests, and nothing is taken back without it.
 */
async function finishOne(uid: string, purpose: string, run: RecoveryRun, deps: TraceDeps): Promise<string | null> {
  try {
    const outcome = await deps.operations().finish(uid, byOf(run));
    deps.audit(run, `${purpose}, left unfinished: ${outcome.kind}`);
    return outcome.kind === 'refused' ? outcome.refusal.reason : null;
  } catch (thrown) {
    if (isStoreFailure(thrown)) throw thrown;
    deps.audit(run, `${purpose}, left unfinished: it could not be gone on with: ${messageOf(thrown)}`);
    return messageOf(thrown);
  }
}
