import type { ServerVersion } from '../model/version.ts';
import { isAtLeast, isOracleFamily } from '../model/version.ts';

/**
 * A statement that goes into the binary log like any commit and changes nothing anybody could miss, here and on the replicas. Needs
 * RELOAD.
 */
export const harmlessWrite = (version: ServerVersion): string =>
  isOracleFamily(version) && isAtLeast(version, 5, 7) ? 'FLUSH OPTIMIZER_COSTS' : 'FLUSH QUERY CACHE';
