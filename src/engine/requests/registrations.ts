import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { PromotionRule } from '../../model/server-record.ts';
import type {
  AuditStore,
  CandidateRecord,
  IntentStore,
  MaintenanceOutcome,
  MaintenanceRecord,
  MaintenanceStore,
} from '../ports.ts';

/** What people note about servers. All but the list of maintenances change the backend, and are audited. */
export interface RegistrationUseCases {
  /** Locks a server for at most `seconds`; held when somebody else has it. */
  beginMaintenance(key: InstanceKey, owner: string, reason: string, seconds: number): Promise<MaintenanceOutcome>;
  /** False when there was none. */
  endMaintenance(key: InstanceKey): Promise<boolean>;
  endMaintenanceById(maintenanceId: number): Promise<boolean>;
  /** The locks that hold now, those of operations under way among them. */
  maintenances(): Promise<readonly MaintenanceRecord[]>;
  putTag(key: InstanceKey, name: string, value: string): Promise<void>;
  /** key null: from every server; value null: whatever it is. The servers that had it. */
  removeTag(
    key: InstanceKey | null,
    tag: { readonly name: string; readonly value: string | null },
  ): Promise<readonly InstanceKey[]>;
  registerCandidate(key: InstanceKey, rule: PromotionRule): Promise<void>;
  /** All promotion rules that are registered, and when they expire. */
  candidates(): Promise<readonly CandidateRecord[]>;
  /** The name by which replicas shall address the host of a server. */
  registerUnresolve(key: InstanceKey, unresolvedHostname: string): Promise<void>;
  /** False when there was none. */
  deregisterUnresolve(key: InstanceKey): Promise<boolean>;
}

export interface RegistrationsDeps {
  readonly maintenance: MaintenanceStore;
  readonly intent: IntentStore;
  readonly auditLog: AuditStore;
  clusterNameOf(key: InstanceKey): string;
  /** Whoever mirrors these notes reads again. */
  onIntentChanged(): Promise<void>;
}

export function createRegistrations(deps: RegistrationsDeps): RegistrationUseCases {
  const { maintenance, intent, auditLog } = deps;

  /** Writes, lets the mirror read again, and audits under the historic type. */
  async function changed<T>(
    type: string,
    key: InstanceKey | null,
    message: string,
    write: () => Promise<T>,
  ): Promise<T> {
    const result = await write();
    await deps.onIntentChanged();
    await auditLog.write(type, key, key === null ? '' : deps.clusterNameOf(key), message);
    return result;
  }

  return {
    async beginMaintenance(key, owner, reason, seconds) {
      const outcome = await maintenance.begin(key, owner, reason, seconds);
      if (outcome.kind === 'held') return outcome;
      const message = `maintenanceId: ${outcome.maintenanceId}, owner: ${owner}, reason: ${reason}`;
      return changed('begin-maintenance', key, message, async () => outcome);
    },
    endMaintenance: (key) => changed('end-maintenance', key, `of ${formatKey(key)}`, () => maintenance.end(key)),
    endMaintenanceById: (maintenanceId) =>
      changed('end-maintenance', null, `maintenanceId: ${maintenanceId}`, () => maintenance.endById(maintenanceId)),
    maintenances: () => maintenance.readActive(),
    putTag: (key, name, value) => changed('tag', key, `${name}=${value}`, () => intent.putTag(key, name, value)),
    removeTag: (key, tag) =>
      changed('untag', key, tag.value === null ? tag.name : `${tag.name}=${tag.value}`, () =>
        intent.removeTag(key, tag),
      ),
    registerCandidate: (key, rule) =>
      changed('register-candidate', key, rule, () => intent.registerCandidate(key, rule)),
    candidates: () => intent.readCandidates(),
    registerUnresolve: (key, unresolvedHostname) =>
      changed('register-hostname-unresolve', key, `${key.hostname} is addressed as ${unresolvedHostname}`, () =>
        intent.registerUnresolve(key.hostname, unresolvedHostname),
      ),
    deregisterUnresolve: (key) =>
      changed('deregister-hostname-unresolve', key, key.hostname, () => intent.deregisterUnresolve(key.hostname)),
  };
}
