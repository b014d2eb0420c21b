import type { InstanceKey } from '../model/instance-key.ts';
import { keyJson } from './key-json.ts';

/** A maintenance lock that holds. */
export interface ActiveMaintenance {
  readonly maintenanceId: number;
  readonly key: InstanceKey;
  readonly owner: string;
  readonly reason: string;
  /** `YYYY-MM-DD HH:MM:SS`, UTC. */
  readonly beganAt: string;
  readonly secondsElapsed: number;
}

/** A maintenance lock in the historic shape. */
export const maintenanceJson = (one: ActiveMaintenance) => ({
  MaintenanceId: one.maintenanceId,
  Key: keyJson(one.key),
  BeginTimestamp: one.beganAt.includes('T') ? one.beganAt : `${one.beganAt.replace(' ', 'T')}Z`,
  SecondsElapsed: one.secondsElapsed,
  IsActive: true,
  Owner: one.owner,
  Reason: one.reason,
});
