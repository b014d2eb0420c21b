import { hostname } from 'node:os';
import type { LoadedConfig } from '../config/load.ts';
import type { GraphiteDeps } from '../outlet/graphite.ts';

/** Metrics go out once a minute, whatever GraphitePollSeconds says above 0 (historic). */
const INTERVAL_MS = 60_000;
const DEADLINE_MS = 10_000;

/** Begins to tell Graphite; null when the configuration names none. */
export async function openGraphite(
  { config }: LoadedConfig,
  deps: GraphiteDeps,
): Promise<{ close(): Promise<void> } | null> {
  if (config.GraphiteAddr === '' || config.GraphitePollSeconds <= 0) return null;
  if (config.GraphitePath === '') {
    deps.logger.warn({}, 'GraphiteAddr is set, but GraphitePath is empty: nothing is sent to Graphite');
    return null;
  }
  const { createGraphite } = await import('../outlet/graphite.ts');
  return createGraphite(deps, {
    address: config.GraphiteAddr,
    path: config.GraphitePath,
    hostname: hostname(),
    convertsHostnameDots: config.GraphiteConvertHostnameDotsToUnderscores,
    intervalMs: INTERVAL_MS,
    deadlineMs: DEADLINE_MS,
  });
}
