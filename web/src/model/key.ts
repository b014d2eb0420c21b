import type { KeyJson } from '../api/types.ts';

/** `host:port`, the name of a server everywhere in the page. */
export const nameOf = (key: KeyJson): string => `${key.Hostname}:${key.Port}`;

/** True for an address that names a server: replicas of nothing carry an empty one, detached replicas one that begins with `//`. */
export const isNamed = (key: KeyJson | null): key is KeyJson =>
  key !== null && key.Hostname !== '' && key.Hostname !== '_' && key.Port !== 0;
