import type { InvestigationSettings } from '../detection/investigation.ts';
import type { Fleet } from '../fleet.ts';
import type { AuditStore, Clock, IntentStore, Leadership, Logger, RecoveryStore, Servers } from '../ports.ts';
import type { LiveEvent } from '../use-cases.ts';
import type { DeadPrimarySettings } from './dead-primary/deps.ts';
import type { Detections } from './detections.ts';
import type { RecoveryHooks } from './hooks.ts';
import type { RecoveryRun } from './run.ts';

export interface RecoveriesDeps {
  readonly servers: Servers;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leadership: Leadership;
  readonly store: RecoveryStore;
  readonly intent: IntentStore;
  readonly auditLog: AuditStore;
  readonly hooks: RecoveryHooks;
  readonly detections: Detections;
  /** A new, unguessable recovery UID. */
  newUid(): string;
  emit(event: LiveEvent): void;
  /** The stored list of deposed primaries has changed: whoever watches them must know before we go on. Never rejects. */
  onDeposedChanged(): Promise<void>;
  /** A successor takes writes. */
  onPromoted(run: RecoveryRun): void;
}

export interface RecoveriesSettings extends DeadPrimarySettings {
  /** How the testimony is heard again, when a recovery is gone on with that can still be called off. */
  readonly hearing: InvestigationSettings;
  /** The name of this process as owner of recoveries. */
  readonly owner: string;
  /** RecoveryPeriodBlockSeconds. */
  readonly periodBlockSeconds: number;
}
