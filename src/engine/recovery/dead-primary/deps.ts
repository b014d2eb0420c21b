import type { BinlogCoordinates } from '../../../model/coordinates.ts';
import type { InstanceKey } from '../../../model/instance-key.ts';
import type { FailoverSettings } from '../../../plan/failover/input.ts';
import type { Manner } from '../../../plan/operations/request.ts';
import type { Step } from '../../../plan/plan.ts';
import type { Executor } from '../../executor/executor.ts';
import type { Reprieve } from '../../fence/deposed-watch.ts';
import type { Fleet } from '../../fleet/fleet.ts';
import type { NameVerifier } from '../../names/verify-name.ts';
import type { Clock, IntentStore, Leadership, RecoveryStore, Servers } from '../../ports.ts';
import type { RecoveryRun } from '../run.ts';

export interface DeadPrimaryDeps {
  readonly servers: Servers;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly executor: Executor;
  readonly leadership: Leadership;
  readonly store: RecoveryStore;
  readonly intent: Pick<IntentStore, 'read'>;
  /** The stored list of deposed primaries has changed: whoever watches them must know before we go on. Never rejects. */
  onDeposedChanged(): Promise<void>;
  /** It was not replaced after all: its row goes, and nobody fences it any more. Rejects when the store fails. */
  reprieve(key: InstanceKey): Promise<Reprieve>;
  /** Finds by Pseudo-GTID where the log of `destination` means what `step.server` has executed; a text says why not. Absent: never. */
  correlate?(
    step: Step,
    destination: InstanceKey,
    signal: AbortSignal,
    search: Manner['search'],
  ): Promise<BinlogCoordinates | string>;
  readonly verifyName: NameVerifier;
  audit(run: RecoveryRun, message: string): void;
}

export interface DeadPrimarySettings extends FailoverSettings {
  readonly maxConcurrentOperations: number;
  /** DelayMasterPromotionIfSQLThreadNotUpToDate: a successor that goes on executing what it received is waited for, up to a day. */
  readonly delayPromotion: boolean;
  /** DetachLostReplicasAfterMasterFailover. */
  readonly detachLostReplicas: boolean;
  /** MasterFailoverDetachReplicaMasterHost: a successor that does not forget its source is detached from it. */
  readonly detachSuccessor: boolean;
}
