import type { InstanceKey } from './instance-key.ts';

/** One active row of database_instance_maintenance. */
export interface MaintenanceRecord {
  readonly maintenanceId: number;
  readonly key: InstanceKey;
  readonly owner: string;
  readonly reason: string;
  /** `YYYY-MM-DD HH:MM:SS`, UTC, as stored. */
  readonly beganAt: string;
  readonly secondsElapsed: number;
}
