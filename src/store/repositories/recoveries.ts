import type { RecoveryStore } from '../../engine/ports.ts';
import type { Database } from '../database.ts';
import type { OwnChanges } from '../own-changes.ts';
import { number, text } from '../rows/values.ts';
import { createRecoveryIntents } from './recovery-intents.ts';
import { readBlocked, readDetections, readRecoveries } from './recovery-reading.ts';
import { recordTakeover, registerDetection, registerRecovery } from './recovery-registration.ts';
import type { RecoverySettings } from './recovery-settings.ts';
import { acknowledge, expire, resolveRecovery } from './recovery-upkeep.ts';

/** Detections, recoveries with their steps, and what we remember of recoveries under way. */
export function createRecoveryStore(
  database: Database,
  settings: RecoverySettings,
  ownChanges: OwnChanges,
): RecoveryStore {
  const { dialect } = database;
  return {
    ...createRecoveryIntents(database, ownChanges),
    registerDetection: (detection) =>
      database.transaction((session) => registerDetection(session, settings, detection)),
    registerRecovery: (recovery) => database.transaction((session) => registerRecovery(session, settings, recovery)),
    recordTakeover: (takeover) => database.transaction((session) => recordTakeover(session, settings, takeover)),
    async currentEpoch(clusterName) {
      const [row] = await database.all('select epoch from orchestrator_epoch where cluster_name = ?', [clusterName]);
      return row === undefined ? 0 : number(row, 'epoch');
    },
    resolveRecovery: (uid, resolution) => resolveRecovery(database, uid, resolution),
    readRecoveries: (filter) => readRecoveries(database, filter),
    readDetections: (filter) => readDetections(database, filter),
    readBlocked: (clusterName) => readBlocked(database, clusterName),
    acknowledge: (filter, by, comment) => database.transaction((session) => acknowledge(session, filter, by, comment)),
    expire: () => database.transaction((session) => expire(session, settings)),

    async addStep(uid, message) {
      const sql = `insert into topology_recovery_steps (recovery_uid, audit_at, message) values (?, ${dialect.now}, ?)`;
      await database.run(sql, [uid, message]);
    },

    async readSteps(uid) {
      const rows = await database.all(
        `select recovery_step_id, recovery_uid, ${dialect.timeText('audit_at')} as at, message
         from topology_recovery_steps where recovery_uid = ? order by recovery_step_id`,
        [uid],
      );
      return rows.map((row) => ({
        id: number(row, 'recovery_step_id'),
        uid: text(row, 'recovery_uid'),
        at: text(row, 'at'),
        message: text(row, 'message'),
      }));
    },
  };
}
