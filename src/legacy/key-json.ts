import type { BinlogCoordinates } from '../model/coordinates.ts';
import type { InstanceKey } from '../model/instance-key.ts';

/** A server's address on the historic wire. */
export interface KeyJson {
  readonly Hostname: string;
  readonly Port: number;
}

/** A log position on the historic wire; Type 0 binary log, 1 relay log. */
export interface CoordinatesJson {
  readonly LogFile: string;
  readonly LogPos: number;
  readonly Type: 0 | 1;
}

/** How the historic wire says "no server". */
export const NO_KEY_JSON: KeyJson = { Hostname: '', Port: 0 };

/** A key, or the empty key for none. */
export const keyJson = (key: InstanceKey | null): KeyJson =>
  key === null ? NO_KEY_JSON : { Hostname: key.hostname, Port: key.port };

/** Keys as an array, in the order given; [] for none. */
export const keysJson = (keys: readonly InstanceKey[]): KeyJson[] => keys.map(keyJson);

/** A position, or the empty position of the kind for none. */
export const coordinatesJson = (
  coordinates: BinlogCoordinates | null,
  kind: BinlogCoordinates['kind'] = 'binlog',
): CoordinatesJson => ({
  LogFile: coordinates?.file ?? '',
  LogPos: coordinates?.position ?? 0,
  Type: (coordinates?.kind ?? kind) === 'relaylog' ? 1 : 0,
});

/** `host:port` without brackets around an IPv6 address, as the lists of servers in hooks have always shown it. */
export const historicKeyText = (key: InstanceKey): string => `${key.hostname}:${key.port}`;
