import type { OperationRequest } from '../../plan/operations/request.ts';
import type { OperationOutcome, RecoveryGate } from '../operations/outcome.ts';
import type { RecoveryRun } from './run.ts';
import type { TraceDeps } from './traces.ts';

/** Operations of a recovery bear its name, so that whoever goes on with it finds them. */
const byOf = ({ uid }: RecoveryRun): string => `recovery ${uid}`;

const gateOf = (run: RecoveryRun, { store }: TraceDeps): RecoveryGate => ({
  failed: run.intent.failed,
  async gate() {
    const epoch = await store.currentEpoch(run.intent.clusterName);
    return epoch === run.intent.epoch ? null : `a later recovery of the cluster has begun (epoch ${epoch})`;
  },
});

/** One operation as part of a recovery: with its locks, journal and compensation, gated by the recovery's epoch. */
export async function runOperation(
  run: RecoveryRun,
  request: OperationRequest,
  deps: TraceDeps,
): Promise<OperationOutcome> {
  const tell = (message: string): void => deps.audit(run, message);
  const outcome = await deps.operations().run(request, byOf(run), undefined, tell, gateOf(run, deps));
  if (outcome.kind === 'refused') deps.audit(run, `Not done: ${outcome.refusal.reason}`);
  else if (outcome.kind === 'done') for (const { reason } of outcome.failed) deps.audit(run, reason);
  return outcome;
}

/** What a process that died left of this recovery's operations is finished first, or taken back where that fails. */
export async function finishLeftBehind(run: RecoveryRun, deps: TraceDeps): Promise<void> {
  if (!run.isResumed) return;
  const left = (await deps.operations().unfinished()).filter(({ requestedBy }) => requestedBy === byOf(run));
  for (const { uid, purpose } of left) {
    const outcome = await deps.operations().finish(uid, byOf(run));
    deps.audit(run, `${purpose}, left unfinished: ${outcome.kind}`);
    if (outcome.kind === 'refused') await deps.operations().undo(uid, byOf(run));
  }
}
