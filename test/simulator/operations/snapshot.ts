import type { Positioning } from '../../../src/model/instance.ts';
import { formatKey } from '../../../src/model/instance-key.ts';
import { isRecent, type SimServer } from '../sim-server.ts';

/** What of a server an operation may change, and must give back. */
export interface ServerState {
  readonly number: number;
  /** null: it replicates from nowhere. */
  readonly source: string | null;
  readonly positioning: Positioning | null;
  readonly isReceiving: boolean;
  readonly isApplying: boolean;
  readonly isBroken: boolean;
  readonly isReadOnly: boolean;
  /** null where there is no such variable. */
  readonly isSuperReadOnly: boolean | null;
  readonly delaySeconds: number;
  readonly hasFilters: boolean;
  readonly semiSync: string;
}

export function stateOf(server: SimServer): ServerState {
  const { replication } = server;
  return {
    number: server.number,
    source: replication === null ? null : formatKey(replication.sourceKey),
    positioning: replication?.positioning ?? null,
    isReceiving: replication?.receiverStarted ?? false,
    isApplying: replication?.applierStarted ?? false,
    isBroken: (replication?.applierError ?? 0) !== 0,
    isReadOnly: server.isReadOnly,
    isSuperReadOnly: isRecent(server) ? server.isSuperReadOnly : null,
    delaySeconds: replication?.delaySeconds ?? 0,
    hasFilters: replication?.hasFilters ?? false,
    semiSync: JSON.stringify(server.semiSync),
  };
}

export const statesOf = (servers: Iterable<SimServer>): ReadonlyMap<string, ServerState> =>
  new Map([...servers].map((server) => [formatKey(server.key), stateOf(server)]));

const FIXED = [
  'source',
  'positioning',
  'isReadOnly',
  'isSuperReadOnly',
  'delaySeconds',
  'hasFilters',
  'semiSync',
] as const;

/**
 * What of a server is worse than it was, or than it should be; '' when nothing is. A thread that runs though it did not is no harm;
 * an applier that met with a transaction it cannot execute is not our doing.
 */
export function shortOf(wanted: ServerState, is: ServerState): string {
  const differences: string[] = FIXED.filter((name) => wanted[name] !== is[name]).map(
    (name) => `${name} is ${is[name]}, not ${wanted[name]}`,
  );
  if (wanted.isReceiving && !is.isReceiving) differences.push('its receiver is stopped');
  if (wanted.isApplying && !is.isApplying && !is.isBroken) differences.push('its applier is stopped');
  return differences.join(', ');
}
