import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import type { RecoveryBody } from './body.ts';
import { finishLeftBehind, runOperation } from './recovery-operation.ts';
import type { TraceDeps } from './traces.ts';

/**
 * A primary with replicas is read-only (RecoverNonWriteableMaster): it is opened for writes, and is its own successor (historic).
 * Never one that a failover has replaced and that returned with replicas still attached: there would be two primaries.
 */
export function createNonWriteableBody(deps: TraceDeps): RecoveryBody {
  const request = (instance: InstanceKey): OperationRequest => ({ kind: 'set-writeable', instance, destination: null });
  return {
    auditType: 'recover-non-writeable-master',
    runsPreFailover: true,
    successHooks: null,
    isNeverForced: true,
    objection({ view: { key } }) {
      if (!deps.isDeposed(key)) return null;
      return `${formatKey(key)} was replaced by a failover and is read-only on purpose; set-writeable opens it`;
    },
    plan: ({ view }) => deps.operations().plan(request(view.key)),
    async carryOut(run) {
      const { failed } = run.intent;
      await finishLeftBehind(run, deps);
      const outcome = await runOperation(run, request(failed), deps);
      if (outcome.kind === 'done') return { kind: 'recovered', successor: failed, lost: [] };
      return { kind: 'failed', reason: outcome.kind === 'refused' ? outcome.refusal.reason : outcome.reason };
    },
  };
}
