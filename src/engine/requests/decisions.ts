import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { AuditStore, Clock, IntentStore, RecoveryFilter, RecoveryStore } from '../ports.ts';

/** What people decide about recoveries. Each is written, mirrored and audited, in this order. */
export interface DecisionUseCases {
  beginDowntime(key: InstanceKey, owner: string, reason: string, durationSeconds: number): Promise<void>;
  /** False when there was none. */
  endDowntime(key: InstanceKey): Promise<boolean>;
  /** The global switch. `by`: who turned it, for the audit. */
  setRecoveryDisabled(disabled: boolean, by?: string): Promise<void>;
  /** How many recoveries were acknowledged. */
  acknowledge(filter: RecoveryFilter, by: string, comment: string): Promise<number>;
}

export function createDecisions(deps: {
  readonly intent: Pick<IntentStore, 'beginDowntime' | 'endDowntime' | 'setRecoveryDisabled'>;
  readonly recoveries: Pick<RecoveryStore, 'acknowledge'>;
  readonly auditLog: Pick<AuditStore, 'write'>;
  readonly clock: Pick<Clock, 'now'>;
  clusterNameOf(key: InstanceKey): string;
  /** Whoever mirrors decisions reads again. */
  onIntentChanged(): Promise<void>;
}): DecisionUseCases {
  const { intent, auditLog, clock } = deps;
  const audit = (type: string, key: InstanceKey | null, message: string): Promise<void> =>
    auditLog.write(type, key, key === null ? '' : deps.clusterNameOf(key), message);
  return {
    async beginDowntime(key, owner, reason, durationSeconds) {
      const beginAtMs = clock.now();
      await intent.beginDowntime(key, { owner, reason, beginAtMs, endAtMs: beginAtMs + durationSeconds * 1000 });
      await deps.onIntentChanged();
      await audit('begin-downtime', key, `owner: ${owner}, reason: ${reason}, for ${durationSeconds} s`);
    },
    async endDowntime(key) {
      const wasDowntimed = await intent.endDowntime(key);
      await deps.onIntentChanged();
      if (wasDowntimed) await audit('end-downtime', key, '');
      return wasDowntimed;
    },
    async setRecoveryDisabled(disabled, by = '') {
      await intent.setRecoveryDisabled(disabled);
      await deps.onIntentChanged();
      const type = disabled ? 'disable-global-recoveries' : 'enable-global-recoveries';
      await audit(type, null, by === '' ? '' : `by ${by}`);
    },
    async acknowledge(filter, by, comment) {
      const count = await deps.recoveries.acknowledge(filter, by, comment);
      const of = filter.key === undefined ? '' : ` of ${formatKey(filter.key)}`;
      const cluster = filter.clusterName ?? '';
      if (count > 0)
        await auditLog.write(
          'acknowledge',
          filter.key ?? null,
          cluster,
          `${count} recoveries${of}, by ${by}: ${comment}`,
        );
      return count;
    },
  };
}
