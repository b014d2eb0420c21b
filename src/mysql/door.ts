import type { InstanceKey } from '../model/instance-key.ts';
import { isAtLeast, isOracleFamily, type ServerVersion } from '../model/version.ts';
import type { Connector } from './connector.ts';

/** A server that is slow to let somebody in is not shutting down: no more of a probe's time is spent at its door. */
const PATIENCE_MS = 300;

/**
 * True for servers that end a session without a word when it asks something during a clean shutdown, so that only their
 * door tells it from a crash. Seen on MySQL 5.6; 8.0 and later answer 1053; 5.7 is taken for the older kind. MariaDB closes
 * everything within milliseconds, so that there is no time to look.
 */
export const endsSessionsMutely = (version: ServerVersion): boolean =>
  isOracleFamily(version) && !isAtLeast(version, 8);

/** True when new connections are refused: with a session of ours still open, the server is shutting down cleanly (design §5). */
export async function isDoorShut(connector: Connector, key: InstanceKey, deadlineMs: number): Promise<boolean> {
  const opened = await connector.open(key, { multipleStatements: false }, Math.min(deadlineMs, PATIENCE_MS));
  if (opened.kind === 'failed') return opened.failure.kind === 'refused';
  opened.value.end();
  return false;
}
