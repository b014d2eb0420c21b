import type { MaintenanceRecord } from '../model/maintenance.ts';
import { keyJson } from './key-json.ts';

/** A maintenance lock in the historic shape. */
export const maintenanceJson = (one: MaintenanceRecord) => ({
  MaintenanceId: one.maintenanceId,
  Key: keyJson(one.key),
  BeginTimestamp: one.beganAt.includes('T') ? one.beganAt : `${one.beganAt.replace(' ', 'T')}Z`,
  SecondsElapsed: one.secondsElapsed,
  IsActive: true,
  Owner: one.owner,
  Reason: one.reason,
});
