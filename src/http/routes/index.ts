import type { Route } from '../route.ts';
import { aboutRoutes } from './about.ts';
import { acknowledgeRoutes } from './acknowledge.ts';
import { agentRoutes } from './agents.ts';
import { analysisRoutes } from './analysis.ts';
import { auditRoutes, nameRoutes } from './audit.ts';
import { classificationRoutes } from './classification.ts';
import { clusterRoutes } from './clusters.ts';
import { commandRoutes } from './commands.ts';
import { downtimeRoutes, globalRecoveryRoutes } from './downtime.ts';
import { DEFAULT_STATUS_ENDPOINT, healthRoutes, statusRoutes } from './health.ts';
import { kvRoutes } from './kv.ts';
import { liveRoutes } from './live.ts';
import { logRoutes } from './logs.ts';
import { maintenanceRoutes } from './maintenance.ts';
import { nodeRoutes } from './node.ts';
import { operationRoutes } from './operations.ts';
import { poolRoutes } from './pools.ts';
import { raftRoutes } from './raft.ts';
import { readinessRoutes } from './readiness.ts';
import { recoveryHistoryRoutes } from './recovery-history.ts';
import { registrationRoutes } from './registrations.ts';
import { replicationRoutes } from './replication.ts';
import { serverRoutes } from './servers.ts';
import { tagRoutes } from './tags.ts';
import { takeoverRoutes } from './takeover.ts';
import { timingRoutes } from './timings.ts';
import { topologyRoutes } from './topology.ts';
import { unfinishedOperationRoutes } from './unfinished-operations.ts';

/** The one table of routes. The status check is added at the path of the configuration, see `routesWithStatus`. */
const FIXED_ROUTES: readonly Route[] = [
  ...serverRoutes,
  ...clusterRoutes,
  ...classificationRoutes,
  ...poolRoutes,
  ...topologyRoutes,
  ...operationRoutes,
  ...unfinishedOperationRoutes,
  ...replicationRoutes,
  ...logRoutes,
  ...maintenanceRoutes,
  ...tagRoutes,
  ...registrationRoutes,
  ...analysisRoutes,
  ...readinessRoutes,
  ...takeoverRoutes,
  ...recoveryHistoryRoutes,
  ...acknowledgeRoutes,
  ...downtimeRoutes,
  ...globalRecoveryRoutes,
  ...healthRoutes,
  ...nodeRoutes,
  ...raftRoutes,
  ...auditRoutes,
  ...nameRoutes,
  ...kvRoutes,
  ...liveRoutes,
  ...timingRoutes,
  ...agentRoutes,
  ...commandRoutes,
  ...aboutRoutes,
];

/** All routes, with the status check where StatusEndpoint puts it. */
export const routesWithStatus = (statusEndpoint: string = DEFAULT_STATUS_ENDPOINT): readonly Route[] => [
  ...FIXED_ROUTES,
  ...statusRoutes(statusEndpoint),
];
