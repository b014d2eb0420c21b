import type { Instance, Positioning } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import type { Place } from '../plan.ts';

/** A replica as it was last read. */
export interface Replica {
  readonly key: InstanceKey;
  readonly name: string;
  readonly instance: Instance;
}

/** Where a replica is to go. */
export interface Destination {
  readonly key: InstanceKey;
  readonly name: string;
  /** What the replica is told to connect to, where that is another name than `key` (hostname_unresolve). */
  readonly address?: InstanceKey;
  /** null keeps the positioning. */
  readonly positioning?: Positioning | null;
  /** For positioning by coordinates: where to read on there, and the note that tells where the replica stood at home. */
  readonly at?: { readonly there: Place; readonly home: string };
  /** The note that tells where the replica stood at home, where the way back needs it and the way there does not. */
  readonly home?: string;
}
