import type { MaintenanceOutcome, MaintenanceRecord, MaintenanceStore } from '../../../engine/ports.ts';
import { OrchestratorError } from '../../../model/error.ts';
import { formatKey, type InstanceKey } from '../../../model/instance-key.ts';
import type { Database, Session } from '../../database.ts';
import type { OwnChanges } from '../../own-changes.ts';
import { secondsAheadAtMost } from '../../rows/values.ts';
import { endMaintenance, isOverdue, readMaintenance } from './maintenance-rows.ts';

export interface MaintenanceSettings {
  /** This process, whose locks without a bound end when it is gone. */
  readonly node: { readonly hostname: string; readonly token: string };
}

/** The holder may end its lock between our insert and our look; then we try again, so often. */
const MAX_TRIES = 5;

/** Table database_instance_maintenance: locks on servers. Its unique key (maintenance_active, hostname, port) decides who has one. */
export function createMaintenanceStore(
  database: Database,
  settings: MaintenanceSettings,
  ownChanges: OwnChanges,
): MaintenanceStore {
  const { dialect } = database;
  const insert = `${dialect.insertIgnore} database_instance_maintenance (hostname, port, maintenance_active, begin_timestamp,
      end_timestamp, owner, reason, processing_node_hostname, processing_node_token, explicitly_bounded)
    values (?, ?, 1, ${dialect.now}, ${dialect.secondsAhead}, ?, ?, ?, ?, ?)`;

  async function tryBegin(
    session: Session,
    key: InstanceKey,
    owner: string,
    reason: string,
    seconds: number | null,
  ): Promise<MaintenanceOutcome> {
    const ofKey = 'hostname = ? and port = ?';
    const where = [key.hostname, key.port];
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const [holder] = await readMaintenance(session, ofKey, where);
      if (holder !== undefined) return { kind: 'held', by: holder };
      await endMaintenance(session, `${ofKey} and ${isOverdue(dialect)}`, where);
      const { hostname, token } = settings.node;
      const ahead = seconds === null ? null : secondsAheadAtMost(seconds);
      const values = [...where, ahead, owner.slice(0, 128), reason, hostname, token, Number(seconds !== null)];
      const inserted = await session.run(insert, values);
      if (inserted.changes > 0) return { kind: 'begun', maintenanceId: inserted.insertId };
    }
    throw new OrchestratorError(
      'store-locked',
      `the maintenance lock of ${formatKey(key)} in ${database.location} changes hands all the time; try again`,
    );
  }

  const end = async (where: string, values: readonly (string | number)[]): Promise<boolean> => {
    const hasEnded = await database.transaction((session) => endMaintenance(session, where, values));
    ownChanges.add();
    return hasEnded;
  };

  return {
    async begin(key, owner, reason, seconds) {
      const outcome = await database.transaction((session) => tryBegin(session, key, owner, reason, seconds));
      ownChanges.add();
      return outcome;
    },
    end: (key) => end('hostname = ? and port = ?', [key.hostname, key.port]),
    endById: (maintenanceId) => end('database_instance_maintenance_id = ?', [maintenanceId]),
    readActive: (): Promise<readonly MaintenanceRecord[]> => readMaintenance(database, '1 = 1', []),
  };
}
