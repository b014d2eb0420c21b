import type { InstanceKey } from '../../model/instance-key.ts';
import type { FreshnessSettings } from '../../model/server-record.ts';
import type { InvestigationSettings } from '../detection/investigation.ts';
import type { Reprieve } from '../fence/deposed-watch.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { NameVerifier } from '../names/verify-name.ts';
import type { Operations } from '../operations/operations.ts';
import type { MarkerWriter } from '../ports/binlog.ts';
import type { AuditStore, Clock, IntentStore, Leadership, Logger, RecoveryStore, Servers } from '../ports.ts';
import type { Silences } from '../receivers/silences.ts';
import type { LiveEvent } from '../use-cases.ts';
import type { DeadPrimaryDeps, DeadPrimarySettings } from './dead-primary/deps.ts';
import type { Detections } from './detections.ts';
import type { RecoveryHooks } from './hooks.ts';
import type { IsOfAnother } from './own-identity.ts';
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
  /** Writes one statement to a primary. */
  readonly markers: MarkerWriter;
  /** Rearranging; asked for when a recovery needs it, since it is made after the recoveries. */
  operations(): Operations;
  /** See DeadPrimaryDeps. */
  readonly correlate?: NonNullable<DeadPrimaryDeps['correlate']>;
  readonly verifyName: NameVerifier;
  /** Has what is known of these servers in the backend, if it never was: they may not answer again. Takes little time, never rejects. */
  keepKnown(keys: readonly InstanceKey[]): Promise<void>;
  /** A new, unguessable recovery UID. */
  newUid(): string;
  emit(event: LiveEvent): void;
  /** The stored list of deposed primaries has changed: whoever watches them must know before we go on. Never rejects. */
  onDeposedChanged(): Promise<void>;
  /** See DeadPrimaryDeps. */
  reprieve(key: InstanceKey): Promise<Reprieve>;
  /** Who is silent because of us: a recovery that replaces a server answers for those below it, until it owes them to the others again. */
  readonly silences: Pick<Silences, 'owe' | 'recall' | 'take'>;
  /** A failover has replaced it, and it is kept from taking writes. */
  isDeposed(key: InstanceKey): boolean;
  /** The alias is published for another cluster: the recovered one goes by a copied name. */
  readonly isAliasOfAnother: IsOfAnother;
  /** A successor takes writes. What it returns is waited for before the PostMasterFailover hooks; it must not take long, nor reject. */
  onPromoted(run: RecoveryRun, audit: (message: string) => void): void | Promise<void>;
}

export interface RecoveriesSettings extends DeadPrimarySettings {
  /** EnforceExactSemiSyncReplicas. */
  readonly enforceExactSemiSync: boolean;
  /** RecoverLockedSemiSyncMaster. */
  readonly recoverLockedSemiSync: boolean;
  readonly freshness: FreshnessSettings;
  /** How the testimony is heard again, when a recovery is gone on with that can still be called off. */
  readonly hearing: InvestigationSettings;
  /** The name of this process as owner of recoveries. */
  readonly owner: string;
  /** RecoveryPeriodBlockSeconds. */
  readonly periodBlockSeconds: number;
}
