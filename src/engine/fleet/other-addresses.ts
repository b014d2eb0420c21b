import { formatKey, type InstanceKey } from '../../model/instance-key.ts';

/** Addresses at which a server was met that is known by another one, since this process began. */
export interface OtherAddresses {
  learn(other: InstanceKey, known: InstanceKey): void;
  /** The address by which the server is known; null when this one was not met so. It may lead elsewhere by now. */
  knownAs(other: InstanceKey): InstanceKey | null;
}

export function createOtherAddresses(): OtherAddresses {
  const met = new Map<string, InstanceKey>();
  return {
    learn: (other, known) => void met.set(formatKey(other), known),
    knownAs: (other) => met.get(formatKey(other)) ?? null,
  };
}
