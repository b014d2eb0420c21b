import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { agentRoutes } from '../../src/http/routes/agents.ts';
import { classificationRoutes } from '../../src/http/routes/classification.ts';
import { routesWithStatus } from '../../src/http/routes/index.ts';
import { kvRoutes } from '../../src/http/routes/kv.ts';
import { nodeRoutes } from '../../src/http/routes/node.ts';
import { operationRoutes } from '../../src/http/routes/operations.ts';
import { poolRoutes } from '../../src/http/routes/pools.ts';
import { timingRoutes } from '../../src/http/routes/timings.ts';
import { createTimings } from '../../src/outlet/timings.ts';
import { CLUSTER, fakeOrchestrator } from './support/fake-orchestrator.ts';
import { startTestServer, type TestServer } from './support/http-server.ts';
import { requestFor } from './support/requests.ts';

let api: TestServer;
beforeAll(async () => {
  const timings = createTimings(() => 0, { retentionSeconds: 60, queueSamples: 60 });
  const debugVariables = () => ({ cmdline: [] });
  api = await startTestServer(
    {},
    { timings, debugVariables, reloadConfiguration: async () => ({ taken: [], waiting: [] }) },
  );
});
afterAll(async () => {
  await api.server.close();
});
beforeEach(() => {
  api.orchestrator.records = fakeOrchestrator().records;
  // Another second, so that no list of the test before is still remembered.
  api.clock.nowMs += 1000;
});

const JSON_TYPE = 'application/json; charset=UTF-8';

/** Paths that need something this test does not have, or that refuse on a node that runs alone; tested by themselves. */
const ELSEWHERE = new Set([
  ...['/api/live', '/metrics', '/api/resolve/:host/:port', '/api/reset-hostname-resolve-cache'],
  ...['/web/access-token', '/api/reload-cluster-alias'],
]);

/** Tables whose rows say all that is needed, but for these queries. */
const PLAIN_ROUTES = [
  ...kvRoutes,
  ...poolRoutes,
  ...classificationRoutes,
  ...nodeRoutes,
  ...timingRoutes,
  ...agentRoutes,
].filter(({ path }) => !ELSEWHERE.has(path));
const QUERIES: readonly (readonly [pattern: RegExp, query: string])[] = [
  [/submit-pool/, '?instances=10.0.0.1:11'],
  [/set-cluster-alias/, '?alias=shop'],
  [/agent-(mount|removelv)/, '?lv=/dev/vg/snap'],
];

const queryFor = (path: string): string => QUERIES.find(([pattern]) => pattern.test(path))?.[1] ?? '';

/** Every path of the table with a request that must succeed on a healthy node. */
const REQUESTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [...operationRoutes, ...PLAIN_ROUTES].map(({ path }) => [path, requestFor(path) + queryFor(path)]),
  ),
  '/api/graceful-master-takeover/:host/:port': '/api/graceful-master-takeover/10.0.0.1/1',
  '/api/graceful-master-takeover/:host/:port/:designatedHost/:designatedPort':
    '/api/graceful-master-takeover/10.0.0.1/1/10.0.0.1/11',
  '/api/graceful-master-takeover/:clusterHint': '/api/graceful-master-takeover/shop',
  '/api/graceful-master-takeover/:clusterHint/:designatedHost/:designatedPort':
    '/api/graceful-master-takeover/shop/10.0.0.1/11',
  '/api/graceful-master-takeover-auto/:host/:port': '/api/graceful-master-takeover-auto/10.0.0.1/1',
  '/api/graceful-master-takeover-auto/:host/:port/:designatedHost/:designatedPort':
    '/api/graceful-master-takeover-auto/10.0.0.1/1/10.0.0.1/11',
  '/api/graceful-master-takeover-auto/:clusterHint': '/api/graceful-master-takeover-auto/shop',
  '/api/graceful-master-takeover-auto/:clusterHint/:designatedHost/:designatedPort':
    '/api/graceful-master-takeover-auto/shop/10.0.0.1/11',
  '/api/force-master-failover/:host/:port': '/api/force-master-failover/10.0.0.1/1',
  '/api/force-master-failover/:clusterHint': '/api/force-master-failover/shop',
  '/api/force-master-takeover/:host/:port/:designatedHost/:designatedPort':
    '/api/force-master-takeover/10.0.0.1/1/10.0.0.1/11',
  '/api/force-master-takeover/:clusterHint/:designatedHost/:designatedPort':
    '/api/force-master-takeover/shop/10.0.0.1/11',
  '/api/operations-under-way': '/api/operations-under-way',
  '/api/abort-operation/:uid': '/api/abort-operation/op-1',
  '/api/unfinished-operations': '/api/unfinished-operations',
  '/api/finish-operation/:uid': '/api/finish-operation/op-1',
  '/api/undo-operation/:uid': '/api/undo-operation/op-1',
  '/api/can-replicate-from/:host/:port/:belowHost/:belowPort': '/api/can-replicate-from/10.0.0.1/11/10.0.0.1/12',
  '/api/can-replicate-from-gtid/:host/:port/:belowHost/:belowPort':
    '/api/can-replicate-from-gtid/10.0.0.1/11/10.0.0.1/12',
  '/api/master-equivalent/:host/:port/:logFile/:logPos': '/api/master-equivalent/10.0.0.1/11/bin.000001/4',
  '/api/restart-replica-statements/:host/:port': '/api/restart-replica-statements/10.0.0.1/11?q=select%201',
  '/api/restart-slave-statements/:host/:port': '/api/restart-slave-statements/10.0.0.1/11',
  '/api/last-pseudo-gtid/:host/:port': '/api/last-pseudo-gtid/10.0.0.1/11',
  '/api/locate-gtid-errant/:host/:port': '/api/locate-gtid-errant/10.0.0.1/13',
  '/api/begin-maintenance/:host/:port/:owner/:reason': '/api/begin-maintenance/10.0.0.1/11/ann/test',
  '/api/end-maintenance/:host/:port': '/api/end-maintenance/10.0.0.1/11',
  '/api/end-maintenance/:maintenanceKey': '/api/end-maintenance/2',
  '/api/in-maintenance/:host/:port': '/api/in-maintenance/10.0.0.1/11',
  '/api/maintenance': '/api/maintenance',
  '/api/tagged': '/api/tagged?tag=role',
  '/api/tags/:host/:port': '/api/tags/10.0.0.1/11',
  '/api/tag-value/:host/:port': '/api/tag-value/10.0.0.1/11?tag=role',
  '/api/tag-value/:host/:port/:tagName': '/api/tag-value/10.0.0.1/11/role',
  '/api/tag/:host/:port': '/api/tag/10.0.0.1/11?tag=a=b',
  '/api/tag/:host/:port/:tagName/:tagValue': '/api/tag/10.0.0.1/11/a/b',
  '/api/untag/:host/:port': '/api/untag/10.0.0.1/11?tag=role',
  '/api/untag/:host/:port/:tagName': '/api/untag/10.0.0.1/11/role',
  '/api/untag-all': '/api/untag-all?tag=role=backup',
  '/api/untag-all/:tagName/:tagValue': '/api/untag-all/role/backup',
  '/api/register-candidate/:host/:port/:promotionRule': '/api/register-candidate/10.0.0.1/11/prefer',
  '/api/bulk-promotion-rules': '/api/bulk-promotion-rules',
  '/api/register-hostname-unresolve/:host/:port/:virtualname': '/api/register-hostname-unresolve/10.0.0.1/11/vip',
  '/api/deregister-hostname-unresolve/:host/:port': '/api/deregister-hostname-unresolve/10.0.0.1/11',
  '/api/instance/:host/:port': '/api/instance/10.0.0.1/1',
  '/api/instance-replicas/:host/:port': '/api/instance-replicas/10.0.0.1/1',
  '/api/all-instances': '/api/all-instances',
  '/api/search/:searchString': '/api/search/10.0',
  '/api/search': '/api/search?s=10.0',
  '/api/bulk-instances': '/api/bulk-instances',
  '/api/discover/:host/:port': '/api/discover/10.0.0.1/1',
  '/api/refresh/:host/:port': '/api/refresh/10.0.0.1/1',
  '/api/async-discover/:host/:port': '/api/async-discover/10.0.0.1/1',
  '/api/forget/:host/:port': '/api/forget/10.0.0.1/1',
  '/api/forget-cluster/:clusterHint': '/api/forget-cluster/shop',
  '/api/clusters': '/api/clusters',
  '/api/clusters-info': '/api/clusters-info',
  '/api/cluster/:clusterHint': '/api/cluster/shop',
  '/api/cluster/alias/:clusterAlias': '/api/cluster/alias/shop',
  '/api/cluster/instance/:host/:port': '/api/cluster/instance/10.0.0.1/13',
  '/api/cluster-info/:clusterHint': '/api/cluster-info/10.0.0.1:13',
  '/api/cluster-info/alias/:clusterAlias': '/api/cluster-info/alias/shop',
  '/api/masters': '/api/masters',
  '/api/master/:clusterHint': '/api/master/shop',
  '/api/problems': '/api/problems',
  '/api/problems/:clusterName': '/api/problems/shop',
  '/api/downtimed': '/api/downtimed',
  '/api/downtimed/:clusterHint': '/api/downtimed/shop',
  '/api/topology/:clusterHint': '/api/topology/shop',
  '/api/topology/:host/:port': '/api/topology/10.0.0.1/13',
  '/api/topology-tabulated/:clusterHint': '/api/topology-tabulated/shop',
  '/api/topology-tabulated/:host/:port': '/api/topology-tabulated/10.0.0.1/13',
  '/api/topology-tags/:clusterHint': '/api/topology-tags/shop',
  '/api/topology-tags/:host/:port': '/api/topology-tags/10.0.0.1/13',
  '/api/replication-analysis': '/api/replication-analysis',
  '/api/replication-analysis/:clusterName': '/api/replication-analysis/shop',
  '/api/replication-analysis/instance/:host/:port': '/api/replication-analysis/instance/10.0.0.1/1',
  '/api/recover/:host/:port': '/api/recover/10.0.0.1/1',
  '/api/recover/:host/:port/:candidateHost/:candidatePort': '/api/recover/10.0.0.1/1/10.0.0.1/11',
  '/api/recover-lite/:host/:port': '/api/recover-lite/10.0.0.1/1',
  '/api/recover-lite/:host/:port/:candidateHost/:candidatePort': '/api/recover-lite/10.0.0.1/1/10.0.0.1/11',
  '/api/automated-recovery-filters': '/api/automated-recovery-filters',
  '/api/audit-recovery': '/api/audit-recovery',
  '/api/audit-recovery/:page': '/api/audit-recovery/0',
  '/api/audit-recovery/id/:id': '/api/audit-recovery/id/7',
  '/api/audit-recovery/uid/:uid': '/api/audit-recovery/uid/uid-7',
  '/api/audit-recovery/cluster/:clusterName': `/api/audit-recovery/cluster/${CLUSTER}`,
  '/api/audit-recovery/cluster/:clusterName/:page': `/api/audit-recovery/cluster/${CLUSTER}/0`,
  '/api/audit-recovery/alias/:clusterAlias': '/api/audit-recovery/alias/shop',
  '/api/audit-recovery/alias/:clusterAlias/:page': '/api/audit-recovery/alias/shop/0',
  '/api/audit-recovery-steps/:uid': '/api/audit-recovery-steps/uid-7',
  '/api/audit-failure-detection': '/api/audit-failure-detection',
  '/api/audit-failure-detection/:page': '/api/audit-failure-detection/0',
  '/api/audit-failure-detection/id/:id': '/api/audit-failure-detection/id/3',
  '/api/audit-failure-detection/alias/:clusterAlias': '/api/audit-failure-detection/alias/shop',
  '/api/audit-failure-detection/alias/:clusterAlias/:page': '/api/audit-failure-detection/alias/shop/0',
  '/api/replication-analysis-changelog': '/api/replication-analysis-changelog',
  '/api/blocked-recoveries': '/api/blocked-recoveries',
  '/api/blocked-recoveries/cluster/:clusterName': `/api/blocked-recoveries/cluster/${CLUSTER}`,
  '/api/active-cluster-recovery/:clusterName': `/api/active-cluster-recovery/${CLUSTER}`,
  '/api/recently-active-cluster-recovery/:clusterName': `/api/recently-active-cluster-recovery/${CLUSTER}`,
  '/api/recently-active-instance-recovery/:host/:port': '/api/recently-active-instance-recovery/10.0.0.1/11',
  '/api/ack-recovery/cluster/:clusterHint': '/api/ack-recovery/cluster/shop?comment=seen',
  '/api/ack-recovery/cluster/alias/:clusterAlias': '/api/ack-recovery/cluster/alias/shop?comment=seen',
  '/api/ack-recovery/instance/:host/:port': '/api/ack-recovery/instance/10.0.0.1/1?comment=seen',
  '/api/ack-recovery/:recoveryId': '/api/ack-recovery/7?comment=seen',
  '/api/ack-recovery/uid/:uid': '/api/ack-recovery/uid/uid-7?comment=seen',
  '/api/ack-all-recoveries': '/api/ack-all-recoveries?comment=seen',
  '/api/begin-downtime/:host/:port/:owner/:reason': '/api/begin-downtime/10.0.0.1/11/ann/test',
  '/api/begin-downtime/:host/:port/:owner/:reason/:duration': '/api/begin-downtime/10.0.0.1/11/ann/test/30s',
  '/api/end-downtime/:host/:port': '/api/end-downtime/10.0.0.1/11',
  '/api/disable-global-recoveries': '/api/disable-global-recoveries',
  '/api/enable-global-recoveries': '/api/enable-global-recoveries',
  '/api/check-global-recoveries': '/api/check-global-recoveries',
  '/api/health': '/api/health',
  '/health/live': '/health/live',
  '/health/ready': '/health/ready',
  '/health/leader': '/health/leader',
  '/api/status': '/api/status',
  '/api/lb-check': '/api/lb-check',
  '/api/_ping': '/api/_ping',
  '/api/leader-check': '/api/leader-check',
  '/api/leader-check/:errorStatusCode': '/api/leader-check/503',
  '/api/routed-leader-check': '/api/routed-leader-check',
  '/api/audit': '/api/audit',
  '/api/audit/:page': '/api/audit/1',
  '/api/audit/instance/:host/:port': '/api/audit/instance/10.0.0.1/11',
  '/api/audit/instance/:host/:port/:page': '/api/audit/instance/10.0.0.1/11/2',
  '/api/hostname-resolve-cache': '/api/hostname-resolve-cache',
  '/api/explanations': '/api/explanations',
  '/api/failover-readiness': '/api/failover-readiness',
  '/api/failover-readiness/:clusterHint': '/api/failover-readiness/shop',
  '/api/deposed-primaries': '/api/deposed-primaries',
  '/api/web-settings': '/api/web-settings',
  '/api/openapi.json': '/api/openapi.json',
  '/api/command': '/api/command?argv=["-c","clusters"]',
  '/api/command-action': '/api/command-action?argv=["-c","clusters"]',
  '/api/headers': '/api/headers',
};

const isRaft = (path: string): boolean => path.startsWith('/api/raft-');

test('every route of the table is requested here, or named as tested elsewhere', () => {
  const untested = routesWithStatus()
    .map((route) => route.path)
    .filter((path) => !(path in REQUESTS) && !ELSEWHERE.has(path) && !isRaft(path));
  expect(untested).toEqual([]);
});

describe('answers as its row of the table says', () => {
  for (const route of routesWithStatus()) {
    const path = REQUESTS[route.path];
    if (path === undefined) continue;
    test(`${route.path}`, async () => {
      const answer = await api.get(path);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.contentType).toBe(JSON_TYPE);
      const value = route.response.kind === 'envelope' ? answer.body.Details : answer.body;
      if (route.response.kind === 'envelope') {
        expect(Object.keys(answer.body)).toEqual(['Code', 'Message', 'Details']);
        expect(answer.body.Code).toBe('OK');
        expect(answer.body.Message).not.toBe('');
      }
      expect(route.response.schema.safeParse(value).error?.issues ?? []).toEqual([]);
    });
  }
});
