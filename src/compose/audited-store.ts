import type { Store } from '../engine/ports.ts';
import type { AuditLog } from '../outlet/audit-log.ts';

/** The same store, whose audit goes to file and syslog as well. These do not fail the operation that is audited. */
export const withAuditLog = (store: Store, auditLog: AuditLog): Store => ({
  ...store,
  audit: {
    ...store.audit,
    write(type, key, clusterName, message) {
      auditLog.write({ type, key, clusterName, message });
      return store.audit.write(type, key, clusterName, message);
    },
  },
});
