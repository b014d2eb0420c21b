import { formatKey } from '../../model/instance-key.ts';
import type { AuditStore, Logger } from '../ports.ts';
import type { OperationUseCases } from './outcome.ts';

/**
 * Tells, once each, of operations that a process (this program before a restart, or a command) left in the middle. They are not
 * taken up by themselves: a person decides whether to finish or to undo.
 */
export function createUnfinishedReport(deps: {
  readonly operations: Pick<OperationUseCases, 'unfinished'>;
  readonly auditLog: AuditStore;
  readonly logger: Logger;
}): { run(): Promise<void> } {
  const told = new Set<string>();
  return {
    async run() {
      for (const left of await deps.operations.unfinished()) {
        if (told.has(left.uid)) continue;
        told.add(left.uid);
        const touched = left.touched.map(formatKey).join(', ');
        const begun = touched === '' ? 'it had changed nothing yet' : `it had begun on ${touched}`;
        const sentence = `operation "${left.purpose}" of ${left.requestedBy} was left in the middle by ${left.owner}; ${begun}. finish-operation or undo-operation ${left.uid}`;
        deps.logger.warn({ uid: left.uid, cluster: left.clusterName }, sentence);
        await deps.auditLog.write('operation', left.touched[0] ?? null, left.clusterName, sentence);
      }
    },
  };
}
