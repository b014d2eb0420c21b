import type { InstanceKey } from '../../model/instance-key.ts';

/** A server was forgotten, by a person or for its age: every process on this backend forgets it. */
export interface ForgetOrder {
  readonly uid: string;
  readonly key: InstanceKey;
  /** Epoch milliseconds. */
  readonly orderedAtMs: number;
}

/** How `orchestrator -c forget` reaches a running program. A row that is only missing decides nothing (design §3.1). */
export interface ForgetStore {
  /** Orders that are an hour older are removed: whoever runs has heeded them. */
  order(order: ForgetOrder): Promise<void>;
  read(): Promise<readonly ForgetOrder[]>;
  /** The server is discovered on purpose: what was ordered about it before does not hold. */
  revoke(key: InstanceKey): Promise<void>;
}
