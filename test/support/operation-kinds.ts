import { FLAVOURS, type Flavour } from '../../lab/index.ts';
import { rounds } from './checks.ts';

/** A flavour, and how its replicas find their place. */
export interface ReplicationKind {
  readonly flavour: Flavour;
  readonly gtid: boolean;
  readonly by: string;
}

/** GTID on every flavour; file and position on those named, in the long form on every one. */
export function replicationKinds(...byPosition: readonly Flavour[]): readonly ReplicationKind[] {
  const isLong = rounds(0, 1) === 1;
  return FLAVOURS.flatMap((flavour) => [
    { flavour, gtid: true, by: 'GTID' },
    ...(isLong || byPosition.includes(flavour) ? [{ flavour, gtid: false, by: 'file and position' }] : []),
  ]);
}
