import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

test('counts what it is told, under the names dashboards know', async () => {
  let servers = 0;
  const metrics = createMetrics({
    countServers: () => servers,
    countClusters: () => 2,
    isLeader: () => true,
    kvStores: () => [{ name: 'etcd at e:2379', problem: 'away' }],
    readiness: () => [
      { clusterName: 'a:3306', verdict: 'ready' },
      { clusterName: 'b:3306', verdict: 'degraded' },
      { clusterName: 'c:3306', verdict: 'blocked' },
    ],
  });
  metrics.discoveryEnded('answered', 3);
  metrics.discoveryEnded('failed', 1000);
  metrics.recoveryEnded('DeadMaster', 'success', 150);
  metrics.failureDetected('DeadMaster');
  metrics.hookEnded('PreFailoverProcesses', 'failure', 30);
  servers = 7;
  const { contentType, body } = await metrics.render();
  expect(contentType).toContain('text/plain');
  for (const line of [
    'orchestrator_discoveries_total 2',
    'orchestrator_discovery_errors_total 1',
    'orchestrator_instances_total 7',
    'orchestrator_clusters_total 2',
    'orchestrator_is_leader 1',
    'orchestrator_kv_store_failing{store="etcd at e:2379"} 1',
    'orchestrator_failover_readiness{cluster="a:3306"} 2',
    'orchestrator_failover_readiness{cluster="b:3306"} 1',
    'orchestrator_failover_readiness{cluster="c:3306"} 0',
    'orchestrator_recoveries_total{type="DeadMaster",result="success"} 1',
    'orchestrator_recovery_duration_seconds_bucket{le="0.2"} 1',
    'orchestrator_recovery_duration_seconds_bucket{le="0.1"} 0',
    'orchestrator_failure_detections_total{type="DeadMaster"} 1',
    'orchestrator_hooks_total{list="PreFailoverProcesses",result="failure"} 1',
  ]) {
    expect(body.split('\n')).toContain(line);
  }
});

test('two of them do not know each other', async () => {
  const sources = {
    countServers: () => 0,
    countClusters: () => 0,
    isLeader: () => false,
    kvStores: () => [],
    readiness: () => [],
  };
  const [a, b] = [createMetrics(sources), createMetrics(sources)];
  a.discoveryEnded('answered', 1);
  expect((await b.render()).body).toContain('orchestrator_discoveries_total 0');
  await a.close();
  await b.close();
});
