import type { InstanceKey } from '../../model/instance-key.ts';

/** A replica that we silenced for a time, and owe its threads again; see receivers/silences.ts. */
export interface StoredSilence {
  readonly key: InstanceKey;
  /** Whom it is to listen to. */
  readonly source: InstanceKey;
  /** Whom it may follow besides. */
  readonly others: readonly InstanceKey[];
  readonly isReceiverStopped: boolean;
  readonly isApplierStopped: boolean;
  /** When it was stopped, epoch milliseconds: a server that was started since is as it was started. */
  readonly notedAtMs: number;
}

/** What outlives the process that stopped them, and is seen by the others: the next one starts them. */
export interface SilenceStore {
  /** Written before a receiver is stopped; there is one per replica, the last one stands. */
  note(silence: StoredSilence): Promise<void>;
  forget(replica: InstanceKey): Promise<void>;
  read(): Promise<readonly StoredSilence[]>;
}
