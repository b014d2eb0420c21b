import type { Route } from '../route.ts';
import { aboutRoutes } from './about.ts';
import { acknowledgeRoutes } from './acknowledge.ts';
import { analysisRoutes } from './analysis.ts';
import { auditRoutes, nameRoutes } from './audit.ts';
import { clusterRoutes } from './clusters.ts';
import { downtimeRoutes, globalRecoveryRoutes } from './downtime.ts';
import { DEFAULT_STATUS_ENDPOINT, healthRoutes, statusRoutes } from './health.ts';
import { liveRoutes } from './live.ts';
import { raftRoutes } from './raft.ts';
import { recoveryHistoryRoutes } from './recovery-history.ts';
import { serverRoutes } from './servers.ts';
import { topologyRoutes } from './topology.ts';

/** The one table of routes. The status check is added at the path of the configuration, see `routesWithStatus`. */
const FIXED_ROUTES: readonly Route[] = [
  ...serverRoutes,
  ...clusterRoutes,
  ...topologyRoutes,
  ...analysisRoutes,
  ...recoveryHistoryRoutes,
  ...acknowledgeRoutes,
  ...downtimeRoutes,
  ...globalRecoveryRoutes,
  ...healthRoutes,
  ...raftRoutes,
  ...auditRoutes,
  ...nameRoutes,
  ...liveRoutes,
  ...aboutRoutes,
];

/** All routes, with the status check where StatusEndpoint puts it. */
export const routesWithStatus = (statusEndpoint: string = DEFAULT_STATUS_ENDPOINT): readonly Route[] => [
  ...FIXED_ROUTES,
  ...statusRoutes(statusEndpoint),
];
