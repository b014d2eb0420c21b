import type { Route } from '../route.ts';
import { aboutRoutes } from './about.ts';
import { acknowledgeRoutes } from './acknowledge.ts';
import { analysisRoutes } from './analysis.ts';
import { auditRoutes, nameRoutes } from './audit.ts';
import { clusterRoutes } from './clusters.ts';
import { downtimeRoutes, globalRecoveryRoutes } from './downtime.ts';
import { DEFAULT_STATUS_ENDPOINT, healthRoutes, statusRoutes } from './health.ts';
import { liveRoutes } from './live.ts';
import { logRoutes } from './logs.ts';
import { maintenanceRoutes } from './maintenance.ts';
import { operationRoutes } from './operations.ts';
import { raftRoutes } from './raft.ts';
import { recoveryHistoryRoutes } from './recovery-history.ts';
import { registrationRoutes } from './registrations.ts';
import { replicationRoutes } from './replication.ts';
import { serverRoutes } from './servers.ts';
import { tagRoutes } from './tags.ts';
import { takeoverRoutes } from './takeover.ts';
import { topologyRoutes } from './topology.ts';
import { unfinishedOperationRoutes } from './unfinished-operations.ts';

/** The one table of routes. The status check is added at the path of the configuration, see `routesWithStatus`. */
const FIXED_ROUTES: readonly Route[] = [
  ...serverRoutes,
  ...clusterRoutes,
  ...topologyRoutes,
  ...operationRoutes,
  ...unfinishedOperationRoutes,
  ...replicationRoutes,
  ...logRoutes,
  ...maintenanceRoutes,
  ...tagRoutes,
  ...registrationRoutes,
  ...analysisRoutes,
  ...takeoverRoutes,
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
